import type { CostAnswer, PathClass } from '@headwater/contracts'

export interface ZoneCell {
  from: string
  to: string
  path: PathClass
  bytes: number
  cost: number
}

/** What an end is called that has no zone. */
const nameOf = (zone: string, path: PathClass): string =>
  zone !== '' ? zone : path === 'internet' ? 'internet' : 'zone not known'

/** Bytes and cost from zone to zone, the dearest first. */
export function zoneCells(paths: CostAnswer['by_path']): ZoneCell[] {
  const cells = new Map<string, ZoneCell>()
  for (const p of paths) {
    const [from, to] = [nameOf(p.from_zone, p.path_class), nameOf(p.to_zone, p.path_class)]
    const key = JSON.stringify([from, to])
    const known = cells.get(key)
    cells.set(key, {
      from,
      to,
      path: p.path_class,
      bytes: p.wire_bytes + (known?.bytes ?? 0),
      cost: p.cost + (known?.cost ?? 0),
    })
  }
  return [...cells.values()].sort((a, b) => b.cost - a.cost || b.bytes - a.bytes)
}

/** The zones in the order of a matrix: by name, the internet and what is not known last. */
export function zonesOf(cells: readonly ZoneCell[]): string[] {
  const last = ['internet', 'zone not known']
  return [...new Set(cells.flatMap((c) => [c.from, c.to]))].sort(
    (a, b) => last.indexOf(a) - last.indexOf(b) || (a < b ? -1 : 1),
  )
}
