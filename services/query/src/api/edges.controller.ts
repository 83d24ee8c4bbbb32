import { type EdgeStats, type EdgesAnswer, edgesRequest, unknownHealth } from '@headwater/contracts'
import { Controller, Get, Inject, Query } from '@nestjs/common'
import { CompletenessReader } from '../completeness/reader.js'
import { endLabelValues } from '../graph/end.js'
import { edgeStats } from '../graph/stats.js'
import { EdgesWithHealth } from '../health/edges-with-health.js'
import { edgePlace } from '../health/place.js'
import { Questions } from './question.js'

const weights: Record<'bytes' | 'connects' | 'failures' | 'retransmits' | 'open', (stats: EdgeStats) => number> = {
  bytes: (s) => s.client_to_server_bytes + s.server_to_client_bytes,
  connects: (s) => s.connects,
  failures: (s) => s.failures,
  retransmits: (s) => s.retransmits,
  open: (s) => s.open,
}

@Controller('api/v1')
export class EdgesController {
  constructor(
    @Inject(Questions) private readonly questions: Questions,
    @Inject(EdgesWithHealth) private readonly reader: EdgesWithHealth,
    @Inject(CompletenessReader) private readonly completeness: CompletenessReader,
  ) {}

  @Get('edges')
  async edges(@Query() parameters: unknown): Promise<EdgesAnswer> {
    const question = await this.questions.read(edgesRequest, parameters)
    const { range, group_by, limit, order } = question
    const [{ rows, total, health }, completeness] = await Promise.all([
      this.reader.read(question),
      this.completeness.of(range, question.now),
    ])
    const edges = rows.map((row) => ({
      labels: endLabelValues(row, group_by),
      counted: row.translated !== 1,
      health: health.edges.get(edgePlace(row, group_by).id) ?? unknownHealth,
      ...edgeStats(row),
    }))
    edges.sort((a, b) => weights[order](b) - weights[order](a))
    return { range, completeness, edges: edges.slice(0, limit), total }
  }
}
