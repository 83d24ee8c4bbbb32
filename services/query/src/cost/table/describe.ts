import type { PriceEntry, Tier } from './price-table.js'

/** Where an entry holds, in words: `from eu-1 to us-1`, `everywhere`. */
export function whereText({ where }: Pick<PriceEntry, 'where'>): string {
  const { from, to, region, gateway } = where
  const parts = [
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(to === undefined ? [] : [`to ${to}`]),
    ...(region === undefined ? [] : [`in ${region}`]),
    ...(gateway === undefined ? [] : [`at ${gateway}`]),
  ]
  return parts.length === 0 ? 'everywhere' : parts.join(' ')
}

function tierText({ up_to_gb, per_gb }: Tier, currency: string): string {
  const price = per_gb === 0 ? 'free' : `${per_gb} ${currency} per GB`
  return up_to_gb === null ? price : `${price} up to ${up_to_gb} GB`
}

/** An entry in words: `0.01 USD per GB, at both ends, from a to b`. */
export function entryText(entry: PriceEntry, currency: string): string {
  const tiers = entry.tiers.map((t) => tierText(t, currency)).join(', then ')
  const parts = [
    tiers,
    ...(entry.tiers.length > 1 ? ['in a month'] : []),
    ...(entry.charged === 'both' ? ['at both ends'] : []),
    whereText(entry),
  ]
  return parts.join(', ')
}
