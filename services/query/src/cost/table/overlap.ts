import type { PriceEntry, Where } from './price-table.js'

/** How narrowly an entry says where it holds: by its keys, and a zone says more than the region around it. */
export const specificity = ({ where }: PriceEntry): number =>
  Object.keys(where).reduce((sum, key) => sum + (key === 'region' ? 1 : 2), 0)

/** Whether an entry holds for all traffic of `where`. */
export const holdsFor = (entry: PriceEntry, where: Where): boolean =>
  Object.entries(entry.where).every(([key, value]) => where[key] === value)

/** The traffic that both hold for; undefined where there is none. */
function shared(a: PriceEntry, b: PriceEntry): Where | undefined {
  const differ = Object.entries(a.where).some(([key, value]) => (b.where[key] ?? value) !== value)
  return a.item !== b.item || differ ? undefined : { ...a.where, ...b.where }
}

/** Pairs of entries that are equally specific for the same traffic, with no more specific one that decides there. */
export function overlaps(entries: readonly PriceEntry[]): [PriceEntry, PriceEntry][] {
  const found: [PriceEntry, PriceEntry][] = []
  for (const [i, a] of entries.entries()) {
    for (const b of entries.slice(i + 1)) {
      if (specificity(a) !== specificity(b)) continue
      const where = shared(a, b)
      if (where === undefined) continue
      const decided = entries.some((e) => e.item === a.item && specificity(e) > specificity(a) && holdsFor(e, where))
      if (!decided) found.push([a, b])
    }
  }
  return found
}
