import { type Grouping, type MapAnswer, mapRequest, type ServicesAnswer, servicesRequest } from '@headwater/contracts'
import { Controller, Get, Inject, Query } from '@nestjs/common'
import { compareGraphs } from '../change/compare.js'
import { CompletenessReader } from '../completeness/reader.js'
import { EdgesReader } from '../graph/edges.js'
import { arrangeGraph, limitGraph, readGraph } from '../graph/graph.js'
import { groupingRules } from '../graph/grouping.js'
import { EdgesWithHealth } from '../health/edges-with-health.js'
import type { TimeRange } from '../time/range.js'
import { comparedRange, type Question, Questions } from './question.js'

@Controller('api/v1')
export class MapController {
  constructor(
    @Inject(Questions) private readonly questions: Questions,
    @Inject(EdgesWithHealth) private readonly edges: EdgesWithHealth,
    @Inject(EdgesReader) private readonly plain: EdgesReader,
    @Inject(CompletenessReader) private readonly completeness: CompletenessReader,
  ) {}

  @Get('map')
  async map(@Query() query: unknown): Promise<MapAnswer> {
    const question = await this.questions.read(mapRequest, query)
    const { range, group_by, limit, now } = question
    const comparedWith = comparedRange(question, now)
    const [{ graph: own, unseen }, before, completeness] = await Promise.all([
      this.graph(question),
      comparedWith && this.earlier(question, comparedWith),
      this.completeness.of(range, now),
    ])
    const graph = arrangeGraph(before && comparedWith ? compareGraphs(own, before, range, comparedWith) : own, group_by)
    const shown = limitGraph(graph, limit)
    const truncated = {
      nodes: graph.nodes.length - shown.nodes.length,
      edges: graph.edges.length - shown.edges.length + unseen,
    }
    return { range, compared_with: comparedWith ?? null, group_by, completeness, ...shown, truncated }
  }

  @Get('services')
  async services(@Query() query: unknown): Promise<ServicesAnswer> {
    const question = await this.questions.read(servicesRequest, query)
    const { range, group_by, limit } = question
    const [{ graph: own }, completeness] = await Promise.all([
      this.graph(question),
      this.completeness.of(range, question.now),
    ])
    const graph = arrangeGraph(own, group_by)
    return { range, group_by, completeness, services: graph.nodes.slice(0, limit), total: graph.nodes.length }
  }

  private async graph(question: Question<{ group_by: Grouping }>) {
    const { rows, total, health } = await this.edges.read({ ...question, order: 'traffic' })
    return { graph: readGraph(rows, question.group_by, health), unseen: total - rows.length }
  }

  private async earlier({ matchers, showSelf, group_by }: Question<{ group_by: Grouping }>, range: TimeRange) {
    const query = {
      range,
      matchers,
      rule: groupingRules[group_by],
      self: showSelf,
      order: 'traffic',
      brief: true,
    } as const
    return readGraph((await this.plain.read(query)).rows, group_by)
  }
}
