import { type SeriesAnswer, seriesRequest } from '@headwater/contracts'
import { Controller, Get, Inject, Query } from '@nestjs/common'
import { CompletenessReader } from '../completeness/reader.js'
import { mean } from '../graph/stats.js'
import { Database } from '../sql/database.js'
import { namesFarEnds } from '../sql/naming.js'
import {
  OPEN_SERIES_RANGE_MS,
  type OpenRow,
  openSeriesStatement,
  rowsOf,
  type SeriesRow,
  seriesStatement,
} from '../sql/series.js'
import { chooseStep, stepTimes } from '../time/step.js'
import { Questions } from './question.js'

/** Open connections at the end of each step, out of the changes. */
function openAt(times: readonly number[], changes: readonly OpenRow[]): number[] {
  const byStep = new Map(changes.map((c) => [c.step_time, c.change]))
  let open = 0
  return times.map((t) => {
    open += byStep.get(t) ?? 0
    return open
  })
}

@Controller('api/v1')
export class SeriesController {
  constructor(
    @Inject(Questions) private readonly questions: Questions,
    @Inject(Database) private readonly database: Database,
    @Inject(CompletenessReader) private readonly completeness: CompletenessReader,
  ) {}

  @Get('series')
  async series(@Query() query: unknown): Promise<SeriesAnswer> {
    const { range, matchers, showSelf: self, step: wanted, now } = await this.questions.read(seriesRequest, query)
    const step = chooseStep(range, wanted)
    const time = stepTimes(range, step)
    const followed = range.to - range.from <= OPEN_SERIES_RANGE_MS
    const asked = { range, matchers, self, step }
    const farEnds = await namesFarEnds(this.database, rowsOf(asked))
    const [rows, changes, completeness] = await Promise.all([
      this.database.rows<SeriesRow>(seriesStatement({ ...asked, farEnds })),
      followed ? this.database.rows<OpenRow>(openSeriesStatement({ ...asked, farEnds })) : undefined,
      this.completeness.of(range, now),
    ])
    const byStep = new Map(rows.map((row) => [row.step_time, row]))
    const sums = (name: string): number[] => time.map((t) => byStep.get(t)?.[name] ?? 0)
    const means = (name: string) =>
      time.map((t) => mean(byStep.get(t)?.[`${name}_sum`] ?? 0, byStep.get(t)?.[`${name}_count`] ?? 0))
    const series = {
      client_to_server_bytes: sums('client_to_server_bytes'),
      server_to_client_bytes: sums('server_to_client_bytes'),
      connects: sums('connects'),
      failures: sums('failures'),
      retransmits: sums('retransmits'),
      open: changes === undefined ? time.map(() => null) : openAt(time, changes),
      connect_us: means('connect_us'),
      srtt_us: means('srtt_us'),
    }
    return { range, step_ms: step, completeness, time, series }
  }
}
