import { type CostAnswer, type CostItem, type CostPair, costItems } from '@headwater/contracts'
import type { TrafficRow } from '../sql/cost.js'
import { type Charge, chargesOf, directionsOf } from './charges.js'
import type { Rates } from './price-book.js'
import type { Projection } from './projection.js'
import { GB, type PriceEntry } from './table/price-table.js'

type PathSum = CostAnswer['by_path'][number]
type Unpriced = CostAnswer['unpriced'][number]

/** Everything that is paid for in the traffic. Sums are of amounts that are never negative, so rounding stays below 1e-11 of them. */
export interface Bill {
  cost: number
  wire_bytes: number
  by_item: { item: CostItem; wire_bytes: number; cost: number }[]
  by_path: PathSum[]
  /** Pairs whose traffic is charged, dearest first. */
  pairs: CostPair[]
  /** Pairs that are no more than a part of one called `(other)`. */
  folded: number
  unpriced: Unpriced[]
}

/** The row of a sum, made at its first use. */
function rowOf<T>(rows: Map<string, T>, key: readonly string[], make: () => T): T {
  const id = JSON.stringify(key)
  const row = rows.get(id) ?? make()
  rows.set(id, row)
  return row
}

const byBytes = (a: { wire_bytes: number }, b: { wire_bytes: number }): number => b.wire_bytes - a.wire_bytes

/** What is missing in the price table, as it can be written there. */
function gapText({ item, where }: Charge): string {
  const keys = item === 'nat-gateway' ? ['gateway'] : item === 'internet' ? ['region'] : ['from', 'to']
  const places = keys.map((key) => `${key}: ${JSON.stringify(where[key] ?? '')}, `).join('')
  return `no entry of the price table holds for it; add one such as { name: NAME, item: ${item}, ${places}per_gb: PRICE }`
}

class Billing {
  private readonly items = new Map<CostItem, { wire_bytes: number; cost: number }>()
  private readonly paths = new Map<string, PathSum>()
  private readonly unpriced = new Map<string, Unpriced>()
  private readonly pairs: CostPair[] = []
  private total = { cost: 0, wire_bytes: 0, folded: 0 }

  constructor(
    private readonly rates: Rates,
    private readonly projection: Projection,
  ) {}

  add(row: TrafficRow): void {
    const lines = new Map<PriceEntry, number>()
    let charged = false
    for (const direction of directionsOf(row)) {
      const { sender, receiver, bytes } = direction
      if (bytes === 0) continue
      let cost = 0
      for (const charge of chargesOf(row, direction)) {
        charged = true
        const entry = this.rates.book.entryFor(charge)
        if (entry === undefined) {
          const { item, from, to } = charge
          const reason = gapText(charge)
          rowOf(this.unpriced, [item, from, to], () => ({ item, from, to, wire_bytes: 0, reason })).wire_bytes += bytes
          continue
        }
        lines.set(entry, (lines.get(entry) ?? 0) + bytes)
        cost += (bytes / GB) * this.rates.perGb(entry)
      }
      const place = {
        from_zone: sender.zone,
        to_zone: receiver.zone,
        from_region: sender.region,
        to_region: receiver.region,
      }
      const path = rowOf(this.paths, [row.path_class, ...Object.values(place)], () => ({
        path_class: row.path_class,
        ...place,
        wire_bytes: 0,
        cost: 0,
      }))
      path.wire_bytes += bytes
      path.cost += cost
      this.total.wire_bytes += bytes
    }
    this.total.folded += row.folded
    if (charged) this.pairs.push(this.pair(row, lines))
  }

  private pair(row: TrafficRow, charged: ReadonlyMap<PriceEntry, number>): CostPair {
    const lines = [...charged].map(([entry, wire_bytes]) => {
      const price_per_gb = this.rates.perGb(entry)
      const line = {
        item: entry.item,
        wire_bytes,
        price_per_gb,
        cost: (wire_bytes / GB) * price_per_gb,
        price: entry.name,
      }
      const sum = this.items.get(entry.item) ?? { wire_bytes: 0, cost: 0 }
      this.items.set(entry.item, { wire_bytes: sum.wire_bytes + wire_bytes, cost: sum.cost + line.cost })
      return line
    })
    lines.sort((a, b) => b.cost - a.cost)
    const cost = lines.reduce((sum, line) => sum + line.cost, 0)
    this.total.cost += cost
    return {
      client: {
        cluster: row.client_cluster,
        namespace: row.client_namespace,
        service: row.client_service,
        zone: row.client_zone,
        region: row.client_region,
      },
      server: {
        cluster: row.server_cluster,
        namespace: row.server_namespace,
        service: row.server_service,
        zone: row.server_zone,
        region: row.server_region,
      },
      path_class: row.path_class,
      nat_gateway: row.nat_gateway,
      client_to_server_wire_bytes: row.client_to_server_wire_bytes,
      server_to_client_wire_bytes: row.server_to_client_wire_bytes,
      lines,
      cost,
      per_day: this.projection.perDay(cost),
      per_month: this.projection.perMonth(cost),
    }
  }

  finish(): Bill {
    const bytes = (p: CostPair) => p.client_to_server_wire_bytes + p.server_to_client_wire_bytes
    return {
      ...this.total,
      by_item: costItems.flatMap((item) => {
        const sum = this.items.get(item)
        return sum === undefined ? [] : [{ item, ...sum }]
      }),
      by_path: [...this.paths.values()].sort((a, b) => b.cost - a.cost || byBytes(a, b)),
      pairs: this.pairs.sort((a, b) => b.cost - a.cost || bytes(b) - bytes(a)),
      unpriced: [...this.unpriced.values()].sort(byBytes),
    }
  }
}

/** What the traffic costs at these rates. */
export function billOf(rows: readonly TrafficRow[], rates: Rates, projection: Projection): Bill {
  const billing = new Billing(rates, projection)
  for (const row of rows) billing.add(row)
  return billing.finish()
}
