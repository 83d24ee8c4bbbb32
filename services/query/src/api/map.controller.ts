import { type Grouping, type MapAnswer, mapRequest, type ServicesAnswer, servicesRequest } from '@headwater/contracts'
import { Controller, Get, Inject, Query } from '@nestjs/common'
import { CompletenessReader } from '../completeness/reader.js'
import { buildGraph, limitGraph } from '../graph/graph.js'
import { EdgesWithHealth } from '../health/edges-with-health.js'
import { type Question, Questions } from './question.js'

@Controller('api/v1')
export class MapController {
  constructor(
    @Inject(Questions) private readonly questions: Questions,
    @Inject(EdgesWithHealth) private readonly edges: EdgesWithHealth,
    @Inject(CompletenessReader) private readonly completeness: CompletenessReader,
  ) {}

  @Get('map')
  async map(@Query() query: unknown): Promise<MapAnswer> {
    const question = await this.questions.read(mapRequest, query)
    const { range, group_by, limit } = question
    const [{ graph, unseen }, completeness] = await Promise.all([
      this.graph(question),
      this.completeness.of(range, question.now),
    ])
    const shown = limitGraph(graph, limit)
    const truncated = {
      nodes: graph.nodes.length - shown.nodes.length,
      edges: graph.edges.length - shown.edges.length + unseen,
    }
    return { range, compared_with: null, group_by, completeness, ...shown, truncated }
  }

  @Get('services')
  async services(@Query() query: unknown): Promise<ServicesAnswer> {
    const question = await this.questions.read(servicesRequest, query)
    const { range, group_by, limit } = question
    const [{ graph }, completeness] = await Promise.all([
      this.graph(question),
      this.completeness.of(range, question.now),
    ])
    return { range, group_by, completeness, services: graph.nodes.slice(0, limit), total: graph.nodes.length }
  }

  private async graph(question: Question<{ group_by: Grouping }>) {
    const { rows, total, health } = await this.edges.read({ ...question, order: 'traffic' })
    return { graph: buildGraph(rows, question.group_by, health), unseen: total - rows.length }
  }
}
