import { type CompletenessAnswer, completenessRequest, type NodesAnswer, nodesRequest } from '@headwater/contracts'
import { Controller, Get, Inject, Query } from '@nestjs/common'
import { CompletenessReader } from '../completeness/reader.js'
import { FleetReader } from '../fleet/reader.js'
import { Questions } from './question.js'

@Controller('api/v1')
export class NodesController {
  constructor(
    @Inject(Questions) private readonly questions: Questions,
    @Inject(FleetReader) private readonly fleet: FleetReader,
    @Inject(CompletenessReader) private readonly reader: CompletenessReader,
  ) {}

  @Get('nodes')
  async nodes(@Query() query: unknown): Promise<NodesAnswer> {
    const { range, now } = await this.questions.read(nodesRequest, query)
    const [nodes, completeness] = await Promise.all([this.fleet.of(range), this.reader.of(range, now)])
    return { range, completeness, nodes }
  }

  @Get('completeness')
  async completeness(@Query() query: unknown): Promise<CompletenessAnswer> {
    const { range, now } = await this.questions.read(completenessRequest, query)
    return { range, completeness: await this.reader.of(range, now) }
  }
}
