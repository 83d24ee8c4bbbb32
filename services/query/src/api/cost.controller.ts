import { type CostAnswer, costRequest } from '@headwater/contracts'
import { Controller, Get, Inject, Query } from '@nestjs/common'
import { CompletenessReader } from '../completeness/reader.js'
import { CostReader } from '../cost/reader.js'
import { Questions } from './question.js'

@Controller('api/v1')
export class CostController {
  constructor(
    @Inject(Questions) private readonly questions: Questions,
    @Inject(CostReader) private readonly reader: CostReader,
    @Inject(CompletenessReader) private readonly completeness: CompletenessReader,
  ) {}

  @Get('cost')
  async cost(@Query() parameters: unknown): Promise<CostAnswer> {
    const { range, matchers, showSelf, limit, now } = await this.questions.read(costRequest, parameters)
    const [priced, completeness] = await Promise.all([
      this.reader.read({ range, matchers, self: showSelf, limit, now }),
      this.completeness.of(range, now),
    ])
    return { range, completeness, ...priced }
  }
}
