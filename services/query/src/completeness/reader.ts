import type { Completeness } from '@headwater/contracts'
import { Inject, Injectable } from '@nestjs/common'
import { forAllCallers } from '../http/caller.js'
import {
  type CoverageRow,
  coverageStatement,
  type DeliveryRow,
  deliveryStatement,
  IN_FLIGHT_MS,
  type LossRow,
  lossStatement,
} from '../sql/completeness.js'
import { Database } from '../sql/database.js'
import type { TimeRange } from '../time/range.js'
import { Recent } from './recent.js'
import { coverage, delivery } from './sums.js'

/** How old the answer for a range that ends now may be: it moves on with each refresh, and costs the store as much. */
const KEEP_MS = 2_000

/** The two numbers of completeness, for every answer. */
@Injectable()
export class CompletenessReader {
  private readonly recent = new Recent<Completeness>(KEEP_MS)

  constructor(@Inject(Database) private readonly database: Database) {}

  /** @param now Unix ms: nothing is expected of the time after it */
  async of({ from, to }: TimeRange, now: number): Promise<Completeness> {
    const past = { from, to: Math.min(to, now) }
    if (past.from >= past.to) return { ...delivery([], []), ...coverage([]) }
    if (to < now) return this.read(past, now)
    return this.recent.get(past.to - past.from, now, () => forAllCallers(() => this.read(past, now)))
  }

  private async read(past: TimeRange, now: number): Promise<Completeness> {
    const until = Math.min(past.to, now - IN_FLIGHT_MS)
    const [delivered, lost, covered] = await Promise.all([
      this.database.rows<DeliveryRow>(deliveryStatement(past, until)),
      this.database.rows<LossRow>(lossStatement(past)),
      this.database.rows<CoverageRow>(coverageStatement(past)),
    ])
    return { ...delivery(delivered, lost), ...coverage(covered) }
  }
}
