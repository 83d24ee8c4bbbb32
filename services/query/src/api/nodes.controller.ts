import {
  type CompletenessAnswer,
  capabilitySchema,
  completenessRequest,
  type NodesAnswer,
  nodesRequest,
} from '@headwater/contracts'
import { Controller, Get, Inject, Query } from '@nestjs/common'
import { z } from 'zod'
import { CompletenessReader } from '../completeness/reader.js'
import { Database } from '../sql/database.js'
import { type ListenerRow, listenersStatement, type NodeRow, nodesStatement } from '../sql/nodes.js'
import { Questions } from './question.js'

const capabilities = z.array(capabilitySchema)

@Controller('api/v1')
export class NodesController {
  constructor(
    @Inject(Questions) private readonly questions: Questions,
    @Inject(Database) private readonly database: Database,
    @Inject(CompletenessReader) private readonly reader: CompletenessReader,
  ) {}

  @Get('nodes')
  async nodes(@Query() query: unknown): Promise<NodesAnswer> {
    const { range, now } = await this.questions.read(nodesRequest, query)
    const [rows, completeness] = await Promise.all([
      this.database.rows<NodeRow>(nodesStatement(range)),
      this.reader.of(range, now),
    ])
    const instances = rows.map((row) => row.instance)
    const listeners = await this.database.rows<ListenerRow>(listenersStatement(range, instances))
    const byInstance = Map.groupBy(listeners, (l) => l.instance)
    const nodes = rows.map(({ cpu_us, capabilities: text, ...row }) => ({
      ...row,
      cpu_seconds: cpu_us / 1e6,
      capabilities: capabilities.parse(JSON.parse(text)),
      listeners: (byInstance.get(row.instance) ?? []).map(({ instance: _, ...listener }) => listener),
    }))
    return { range, completeness, nodes }
  }

  @Get('completeness')
  async completeness(@Query() query: unknown): Promise<CompletenessAnswer> {
    const { range, now } = await this.questions.read(completenessRequest, query)
    return { range, completeness: await this.reader.of(range, now) }
  }
}
