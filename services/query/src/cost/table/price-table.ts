import type { CostItem } from '@headwater/contracts'

/** A price up to a volume in a month; null: whatever is beyond. */
export interface Tier {
  up_to_gb: number | null
  per_gb: number
}

/** Where an entry holds: values by key; what is left out holds everywhere. */
export type Where = Record<string, string>

/** One entry of a price table, checked. A price without tiers is one open tier. */
export interface PriceEntry {
  name: string
  item: CostItem
  where: Where
  tiers: Tier[]
  charged: 'sender' | 'both'
  /** Public price page or contract it comes from; empty where not said. */
  source: string
  /** YYYY-MM-DD; empty where not said. */
  date: string
}

/** A price table, checked. Plain data: it can be sent to another process as JSON. */
export interface PriceTable {
  /** File it was read from. */
  source: string
  /** List prices as examples, to be replaced by one's own. */
  example: boolean
  /** ISO 4217 */
  currency: string
  entries: PriceEntry[]
}

/** Keys that say where an entry of that item holds. */
export const whereKeys: Record<CostItem, readonly string[]> = {
  'cross-zone': ['from', 'to', 'region'],
  'cross-region': ['from', 'to'],
  internet: ['region'],
  'nat-gateway': ['gateway'],
}

/** Items that some providers charge at both ends: a byte is paid for when it is sent and when it is received. */
export const chargedItems: readonly CostItem[] = ['cross-zone', 'cross-region']

/** Bytes of a GB, as networks count it. */
export const GB = 1e9
