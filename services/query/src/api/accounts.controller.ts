import { type AccountsAnswer, accountsRequest, instanceLabels, type LagAnswer, lagRequest } from '@headwater/contracts'
import { Controller, Get, Inject, Query } from '@nestjs/common'
import { AccountsReader } from '../accounts/reader.js'
import { CompletenessReader } from '../completeness/reader.js'
import { Database } from '../sql/database.js'
import { type LagRow, lagStatement } from '../sql/lag.js'
import { chooseStep } from '../time/step.js'
import { Questions } from './question.js'

/** Ranges up to this are told by minute. */
const MINUTES_MS = 7 * 24 * 3_600_000

@Controller('api/v1')
export class AccountsController {
  constructor(
    @Inject(Questions) private readonly questions: Questions,
    @Inject(Database) private readonly database: Database,
    @Inject(AccountsReader) private readonly accounts: AccountsReader,
    @Inject(CompletenessReader) private readonly completeness: CompletenessReader,
  ) {}

  @Get('accounts')
  async ofInstances(@Query() query: unknown): Promise<AccountsAnswer> {
    const { range, matchers, step: asked, now } = await this.questions.read(accountsRequest, query, instanceLabels)
    const step = chooseStep(range, asked ?? (range.to - range.from <= MINUTES_MS ? '1m' : undefined))
    const [accounts, completeness] = await Promise.all([
      this.accounts.of({ range, matchers, step }, now),
      this.completeness.of(range, now),
    ])
    return { range, step_ms: step, completeness, ...accounts }
  }

  @Get('lag')
  async lag(@Query() query: unknown): Promise<LagAnswer> {
    const { range } = await this.questions.read(lagRequest, query)
    const rows = await this.database.rows<LagRow>(lagStatement(range))
    const topics = [...Map.groupBy(rows, ({ topic }) => topic)].map(([topic, partitions]) => ({
      topic,
      messages: partitions.reduce((sum, { messages }) => sum + messages, 0),
      seconds: Math.max(...partitions.map(({ seconds }) => seconds)),
      partitions: partitions.map(({ topic: _, ...partition }) => partition),
    }))
    return { range, topics }
  }
}
