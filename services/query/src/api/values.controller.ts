import { type ValuesAnswer, valuesRequest } from '@headwater/contracts'
import { Controller, Get, Inject, Query } from '@nestjs/common'
import { Database } from '../sql/database.js'
import { valuesStatement } from '../sql/values.js'
import { Questions } from './question.js'

@Controller('api/v1')
export class ValuesController {
  constructor(
    @Inject(Questions) private readonly questions: Questions,
    @Inject(Database) private readonly database: Database,
  ) {}

  @Get('values')
  async values(@Query() query: unknown): Promise<ValuesAnswer> {
    const { range, label, prefix, limit } = await this.questions.read(valuesRequest, query)
    const rows = await this.database.rows<{ value: string }>(valuesStatement({ range, label, prefix, limit }))
    return { range, label, values: rows.map((row) => row.value) }
  }
}
