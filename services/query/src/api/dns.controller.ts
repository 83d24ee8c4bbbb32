import { type DnsAnswer, type DnsGroup, dnsRequest } from '@headwater/contracts'
import { Controller, Get, Inject, Query } from '@nestjs/common'
import { CompletenessReader } from '../completeness/reader.js'
import { Database } from '../sql/database.js'
import { dnsStatement } from '../sql/dns.js'
import { Questions } from './question.js'

@Controller('api/v1')
export class DnsController {
  constructor(
    @Inject(Questions) private readonly questions: Questions,
    @Inject(Database) private readonly database: Database,
    @Inject(CompletenessReader) private readonly completeness: CompletenessReader,
  ) {}

  @Get('dns')
  async dns(@Query() parameters: unknown): Promise<DnsAnswer> {
    const { range, matchers, showSelf: self, by, limit, now } = await this.questions.read(dnsRequest, parameters)
    const [groups, completeness] = await Promise.all([
      this.database.rows<DnsGroup>(dnsStatement({ range, matchers, self, by, limit })),
      this.completeness.of(range, now),
    ])
    return { range, completeness, groups }
  }
}
