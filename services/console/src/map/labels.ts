import type { Box } from './camera.js'

export interface Label {
  id: string
  /** Where it may be, best first. */
  places: readonly Box[]
  /** Is rather left out than to cover any node; others may cover nodes that are well. */
  clear: boolean
  /** Is placed whatever is there, and however many there are. */
  always: boolean
}

/** What lies under a box. */
export type Under = 'nothing' | 'node' | 'unwell'

const CELL = 64

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

/** Boxes in cells, so that a look for an overlap is near constant in time. */
class Grid {
  readonly #cells = new Map<number, Box[]>()

  add(box: Box): void {
    for (const key of this.keys(box)) {
      const cell = this.#cells.get(key)
      if (cell) cell.push(box)
      else this.#cells.set(key, [box])
    }
  }

  isFree(box: Box): boolean {
    return this.keys(box).every((k) => !this.#cells.get(k)?.some((taken) => overlap(taken, box)))
  }

  private keys(b: Box): number[] {
    const keys: number[] = []
    for (let x = Math.floor(b.left / CELL); x <= Math.floor(b.right / CELL); x++)
      for (let y = Math.floor(b.top / CELL); y <= Math.floor(b.bottom / CELL); y++) keys.push(x * 65_536 + y)
    return keys
  }
}

/**
 * Which labels have room, and at which of their places: in their order, each at the first place that is free of labels
 * and nodes, else, without `clear`, at the first that hides no other label and nothing unwell. At most `most` are placed,
 * and no more are asked for: labels may be made one by one, as they are wanted.
 */
export function cull<L extends Label>(
  labels: Iterable<L>,
  under: (box: Box) => Under = () => 'nothing',
  most = Number.POSITIVE_INFINITY,
): Map<L, Box> {
  const placed = new Map<L, Box>()
  const grid = new Grid()
  for (const label of labels) {
    if (placed.size >= most && !label.always) break
    const place = placeOf(label, grid, under)
    if (!place) continue
    placed.set(label, place)
    grid.add(place)
  }
  return placed
}

function placeOf({ places, clear, always }: Label, grid: Grid, under: (box: Box) => Under): Box | undefined {
  let second: Box | undefined
  for (const place of places) {
    if (!grid.isFree(place)) continue
    const hidden = under(place)
    if (hidden === 'nothing') return place
    if (hidden === 'node' && !clear) second ??= place
  }
  return second ?? (always ? places[0] : undefined)
}
