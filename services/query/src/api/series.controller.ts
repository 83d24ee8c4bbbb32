import { type SeriesAnswer, seriesRequest } from '@headwater/contracts'
import { Controller, Get, Inject, Query } from '@nestjs/common'
import { CompletenessReader } from '../completeness/reader.js'
import { groupingRules } from '../graph/grouping.js'
import { checkPoints, readGroups, splitEnds } from '../series/groups.js'
import { shapeSeries } from '../series/shape.js'
import { Database } from '../sql/database.js'
import { namesFarEnds } from '../sql/naming.js'
import {
  OPEN_SERIES_RANGE_MS,
  type OpenRow,
  openSeriesStatement,
  rowsOf,
  type SeriesQuery,
  type SeriesRow,
  seriesStatement,
} from '../sql/series.js'
import { chooseStep, stepTimes } from '../time/step.js'
import { Questions } from './question.js'

@Controller('api/v1')
export class SeriesController {
  constructor(
    @Inject(Questions) private readonly questions: Questions,
    @Inject(Database) private readonly database: Database,
    @Inject(CompletenessReader) private readonly completeness: CompletenessReader,
  ) {}

  @Get('series')
  async series(@Query() query: unknown): Promise<SeriesAnswer> {
    const question = await this.questions.read(seriesRequest, query)
    const { range, matchers, showSelf: self, now, split, group_by, limit } = question
    const step = chooseStep(range, question.step)
    const time = stepTimes(range, step)
    const asked = { range, matchers, self, step }
    if (split !== undefined) checkPoints(time.length, limit)
    const [series, groups, completeness] = await Promise.all([
      this.whole(asked, time),
      split &&
        readGroups(this.database, { ...asked, rule: groupingRules[group_by], ends: splitEnds(split), limit }, time),
      this.completeness.of(range, now),
    ])
    return { range, step_ms: step, completeness, time, series, ...groups }
  }

  private async whole(asked: SeriesQuery, time: readonly number[]): Promise<SeriesAnswer['series']> {
    const query = { ...asked, farEnds: await namesFarEnds(this.database, rowsOf(asked)) }
    const followed = query.range.to - query.range.from <= OPEN_SERIES_RANGE_MS
    const [rows, changes] = await Promise.all([
      this.database.rows<SeriesRow>(seriesStatement(query)),
      followed ? this.database.rows<OpenRow>(openSeriesStatement(query)) : undefined,
    ])
    return shapeSeries(time, rows, changes)
  }
}
