import { edgeLabels } from '@headwater/contracts'
import { Inject, Injectable } from '@nestjs/common'
import { badParameter } from '../http/problem.js'
import { matchedColumns } from '../matchers/conditions.js'
import type { Matcher } from '../matchers/parse.js'
import { PRICES } from '../options.js'
import { type ObservedRow, observedStatement } from '../sql/completeness.js'
import { costEndLabels, type TrafficQuery, type TrafficRow, trafficStatement } from '../sql/cost.js'
import { Database } from '../sql/database.js'
import { type Priced, priceTraffic } from './priced.js'
import { Projection } from './projection.js'
import type { PriceTable } from './table/price-table.js'

const filterable = new Set(['transport', ...costEndLabels.flatMap((l) => [`client_${l}`, `server_${l}`])])

/** @throws ProblemError 400 where the hours do not have a label */
function checkLabels(matchers: readonly Matcher[]): void {
  const unknown = matchers.find((m) => [...matchedColumns([m])].some((column) => !filterable.has(column)))
  if (unknown === undefined) return
  const allowed = [...costEndLabels, ...edgeLabels.filter((l) => filterable.has(l))].join(', ')
  throw badParameter('filter', `filter: the cost is not kept by ${unknown.label}; allowed are ${allowed}`)
}

export interface CostQuestion extends TrafficQuery {
  limit: number
  now: number
}

/** Reads the traffic of a range and says what it costs. */
@Injectable()
export class CostReader {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(PRICES) private readonly prices: PriceTable,
  ) {}

  /** @throws ProblemError 400, 503, 504 */
  async read({ range, matchers, self, limit, now }: CostQuestion): Promise<Priced> {
    checkLabels(matchers)
    const traffic = (of: readonly Matcher[]) =>
      this.database.rows<TrafficRow>(trafficStatement({ range, matchers: of, self }))
    const [rows, whole, observed] = await Promise.all([
      traffic(matchers),
      matchers.length === 0 ? undefined : traffic([]),
      this.database.rows<ObservedRow>(observedStatement(range)),
    ])
    const projection = new Projection(range, now, observed[0]?.since)
    return priceTraffic(rows, whole ?? rows, this.prices, projection, limit)
  }
}
