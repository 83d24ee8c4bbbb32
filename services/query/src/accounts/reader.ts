import type { AccountsAnswer } from '@headwater/contracts'
import { Inject, Injectable } from '@nestjs/common'
import { badParameter } from '../http/problem.js'
import {
  type AccountLeftOutRow,
  type AccountReportRow,
  type AccountStoredRow,
  type AccountsQuery,
  accountLeftOutStatement,
  accountReportsStatement,
  accountStoredStatement,
  MAX_REPORT_ROWS,
  reportedBefore,
} from '../sql/accounts.js'
import { IN_FLIGHT_MS } from '../sql/completeness.js'
import { Database } from '../sql/database.js'
import { accounts } from './sums.js'

/** What became of all that agents produced, by instance and step. */
@Injectable()
export class AccountsReader {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** @param now Unix ms: what was told a moment before may still be under way @throws ProblemError 400 where there are more steps than an answer holds */
  async of(query: AccountsQuery, now: number): Promise<Pick<AccountsAnswer, 'flows' | 'dns' | 'instances'>> {
    const { from, to } = query.range
    const asked = { ...query, range: { from, to: Math.min(to, now - IN_FLIGHT_MS) } }
    if (asked.range.from >= asked.range.to) return accounts({ reports: [], stored: none, leftOut: none })
    const reports = await this.database.rows<AccountReportRow>(accountReportsStatement(asked))
    if (reports.length > MAX_REPORT_ROWS)
      throw badParameter(
        'step',
        `step: there are more than ${MAX_REPORT_ROWS} steps of all instances; take a longer step, a shorter range or a narrower filter`,
      )
    const before = reportedBefore(reports, from)
    const [stored, dnsStored, leftOut, dnsLeftOut] = await Promise.all([
      this.database.rows<AccountStoredRow>(accountStoredStatement('flows', asked, before)),
      this.database.rows<AccountStoredRow>(accountStoredStatement('dns', asked, before)),
      this.database.rows<AccountLeftOutRow>(accountLeftOutStatement('flows', asked, before)),
      this.database.rows<AccountLeftOutRow>(accountLeftOutStatement('dns', asked, before)),
    ])
    return accounts({
      reports,
      stored: { flows: stored, dns: dnsStored },
      leftOut: { flows: leftOut, dns: dnsLeftOut },
    })
  }
}

const none = { flows: [], dns: [] }
