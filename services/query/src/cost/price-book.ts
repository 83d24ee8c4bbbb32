import type { CostItem } from '@headwater/contracts'
import type { Charge } from './charges.js'
import { holdsFor, specificity } from './table/overlap.js'
import { GB, type PriceEntry, type PriceTable, whereKeys } from './table/price-table.js'

/** What a volume of so many GB costs in a month by the tiers. */
function tieredCost({ tiers }: PriceEntry, gb: number): number {
  let cost = 0
  let below = 0
  for (const { up_to_gb, per_gb } of tiers) {
    const top = Math.min(gb, up_to_gb ?? gb)
    if (top > below) cost += (top - below) * per_gb
    below = up_to_gb ?? below
  }
  return cost
}

/** Finds the entry for a charge: the most specific one that holds for it. */
export class PriceBook {
  private readonly byItem: Map<CostItem, PriceEntry[]>
  private readonly found = new Map<string, PriceEntry | undefined>()

  constructor({ entries }: PriceTable) {
    this.byItem = Map.groupBy(entries, (e) => e.item)
    for (const list of this.byItem.values()) list.sort((a, b) => specificity(b) - specificity(a))
  }

  entryFor({ item, where }: Pick<Charge, 'item' | 'where'>): PriceEntry | undefined {
    const key = JSON.stringify([item, ...whereKeys[item].map((k) => where[k])])
    if (!this.found.has(key))
      this.found.set(
        key,
        this.byItem.get(item)?.find((e) => holdsFor(e, where)),
      )
    return this.found.get(key)
  }
}

/** Price of a GB for each entry. Between tiers it depends on how much there is of that traffic in a month. */
export class Rates {
  private readonly bytes = new Map<PriceEntry, number>()

  /** @param months length of the time in which the traffic was seen, in months */
  constructor(
    readonly book: PriceBook,
    private readonly months: number,
  ) {}

  /** Takes traffic into the volume that chooses the tier. */
  add(charge: Charge): void {
    const entry = this.book.entryFor(charge)
    if (entry !== undefined) this.bytes.set(entry, (this.bytes.get(entry) ?? 0) + charge.bytes)
  }

  /** Mean price of a GB of the month's volume; what both ends pay is in it twice. */
  perGb(entry: PriceEntry): number {
    const paying = entry.charged === 'both' ? 2 : 1
    const [first] = entry.tiers
    const gb = (this.bytes.get(entry) ?? 0) / GB / this.months
    if (first === undefined) return 0
    if (entry.tiers.length === 1 || gb === 0) return first.per_gb * paying
    return (tieredCost(entry, gb) / gb) * paying
  }
}
