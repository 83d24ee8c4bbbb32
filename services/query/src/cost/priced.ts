import type { CostAnswer } from '@headwater/contracts'
import type { TrafficRow } from '../sql/cost.js'
import { billOf } from './bill.js'
import { chargesOf, directionsOf } from './charges.js'
import { PriceBook, Rates } from './price-book.js'
import type { Projection } from './projection.js'
import { Replicas } from './replicas.js'
import { savingsOf } from './savings.js'
import { entryText } from './table/describe.js'
import type { PriceTable } from './table/price-table.js'

export type Priced = Omit<CostAnswer, 'range' | 'completeness'>

/** Prices the traffic of a range. */
export function priceTraffic(
  rows: readonly TrafficRow[],
  /** The same without a filter: tiers and replicas are those of all traffic. */
  whole: readonly TrafficRow[],
  table: PriceTable,
  projection: Projection,
  limit: number,
): Priced {
  const rates = new Rates(new PriceBook(table), projection.months)
  for (const row of whole)
    for (const direction of directionsOf(row)) for (const charge of chargesOf(row, direction)) rates.add(charge)
  const { cost, wire_bytes, by_item, by_path, pairs, folded, unpriced } = billOf(rows, rates, projection)
  const { source, example, currency } = table
  const savings = savingsOf(pairs, { replicas: new Replicas(whole), rates, projection, currency }, limit)
  return {
    currency,
    prices: {
      source,
      example,
      entries: table.entries.map((e) => ({
        name: e.name,
        item: e.item,
        source: e.source,
        date: e.date,
        text: entryText(e, currency),
      })),
    },
    total: {
      ...{ cost, per_day: projection.perDay(cost), per_month: projection.perMonth(cost), wire_bytes },
      projected_from_ms: projection.ms,
    },
    by_item: by_item.map((i) => ({ ...i, per_month: projection.perMonth(i.cost) })),
    by_path,
    pairs: pairs.slice(0, limit),
    pairs_left_out: Math.max(0, pairs.length - limit) + folded,
    savings,
    unpriced,
  }
}
