import { type CostItem, costItems } from '@headwater/contracts'
import { escapeHidden } from '@headwater/contracts/runtime'
import { chargedItems, type PriceEntry, type Tier, type Where, whereKeys } from './price-table.js'
import { isMap, keyText, type Problems } from './problems.js'

/** High enough for every currency, and low enough for every sum to stay finite. */
const MAX_PRICE = 1_000_000
const MAX_TIERS = 100

const isPrice = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= MAX_PRICE
const PRICE = `a number from 0 to ${MAX_PRICE}`

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 253 && escapeHidden(value) === value
const TEXT = 'a text of 1 to 253 characters without control characters'

/** Zones and regions may be written as numbers, which YAML does not give back as text. */
const NAME = `${TEXT}; put a number into quotes`

function isDate(value: unknown): value is string {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return false
  const time = Date.parse(`${value}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value)
}

const keysOf = (item: CostItem): string[] => [
  'name',
  'item',
  ...whereKeys[item],
  ...(chargedItems.includes(item) ? ['charged'] : []),
  'per_gb',
  'tiers',
  'source',
  'date',
]

/** Reads one tier; the order is checked by the caller. */
function readTier(value: unknown, where: string, problems: Problems): Tier | undefined {
  if (!isMap(value)) {
    problems.value(where, 'it', value, 'up_to_gb and per_gb')
    return undefined
  }
  const { up_to_gb, per_gb, ...rest } = value
  for (const key of Object.keys(rest))
    problems.add(where, `${keyText(key)} is no key of a tier; allowed are up_to_gb, per_gb`)
  if (!isPrice(per_gb)) problems.value(where, 'per_gb', per_gb, PRICE)
  const open = up_to_gb === undefined
  if (!open && !(typeof up_to_gb === 'number' && up_to_gb > 0 && Number.isFinite(up_to_gb)))
    problems.value(where, 'up_to_gb', up_to_gb, 'a number above 0, or is left out in the last tier')
  return { up_to_gb: open ? null : (up_to_gb as number), per_gb: per_gb as number }
}

function readTiers(value: unknown, where: string, problems: Problems): Tier[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_TIERS) {
    problems.value(where, 'tiers', value, `a list of 1 to ${MAX_TIERS} tiers such as { up_to_gb: 100, per_gb: 0.09 }`)
    return []
  }
  const tiers = value.map((tier, i) => readTier(tier, `${where}: tiers[${i}]`, problems))
  for (const [i, tier] of tiers.entries()) {
    const last = i === tiers.length - 1
    const at = `${where}: tiers[${i}]`
    const before = tiers[i - 1]?.up_to_gb
    if (tier === undefined) continue
    if (last && tier.up_to_gb !== null)
      problems.value(at, 'up_to_gb', tier.up_to_gb, 'nothing in the last tier: what is beyond would have no price')
    if (!last && tier.up_to_gb === null)
      problems.value(at, 'up_to_gb', undefined, 'a number in every tier but the last: those after it are never reached')
    if (typeof before === 'number' && tier.up_to_gb !== null && tier.up_to_gb <= before)
      problems.value(at, 'up_to_gb', tier.up_to_gb, `more than the tier before, ${before}`)
  }
  return tiers.filter((t) => t !== undefined)
}

function readPrice(entry: Record<string, unknown>, where: string, problems: Problems): Tier[] {
  const { per_gb, tiers } = entry
  if (tiers !== undefined && per_gb !== undefined)
    problems.add(where, 'per_gb and tiers are both given: leave out one of the two')
  if (tiers !== undefined) return readTiers(tiers, where, problems)
  if (!isPrice(per_gb)) problems.value(where, 'per_gb', per_gb, `${PRICE}, or tiers are given instead`)
  return [{ up_to_gb: null, per_gb: per_gb as number }]
}

/** Reads one entry; what is wrong goes to `problems`, and undefined is given where nothing can be made of it. */
export function readEntry(value: unknown, index: number, problems: Problems): PriceEntry | undefined {
  const place = `prices[${index}]`
  if (!isMap(value)) {
    problems.value(place, 'it', value, 'a map such as { name: between zones, item: cross-zone, per_gb: 0.01 }')
    return undefined
  }
  const { name, charged = 'sender', source = '', date = '' } = value
  const where = isText(name) ? `${place} (${name})` : place
  if (!isText(name)) problems.value(where, 'name', name, TEXT)
  const item = costItems.find((i) => i === value.item)
  if (item === undefined) {
    problems.value(where, 'item', value.item, `one of ${costItems.join(', ')}`)
    return undefined
  }
  const keys = keysOf(item)
  for (const key of Object.keys(value))
    if (!keys.includes(key))
      problems.add(
        where,
        key === 'currency'
          ? `currency is no key of ${item}; the whole table has one currency, above its prices`
          : `${keyText(key)} is no key of ${item}; allowed are ${keys.join(', ')}`,
      )
  const places: Where = {}
  for (const key of whereKeys[item]) {
    if (value[key] === undefined) continue
    if (isText(value[key])) places[key] = value[key]
    else problems.value(where, key, value[key], NAME)
  }
  if (item !== 'nat-gateway' && places.from !== undefined && places.from === places.to)
    problems.value(where, 'to', places.to, 'another name than from')
  if (charged !== 'sender' && charged !== 'both') problems.value(where, 'charged', charged, 'sender or both')
  if (source !== '' && !isText(source)) problems.value(where, 'source', source, TEXT)
  if (date !== '' && !isDate(date)) problems.value(where, 'date', date, 'a day such as 2026-01-31')
  return {
    name: String(name),
    item,
    where: places,
    tiers: readPrice(value, where, problems),
    charged: charged === 'both' ? 'both' : 'sender',
    source: String(source),
    date: String(date),
  }
}
