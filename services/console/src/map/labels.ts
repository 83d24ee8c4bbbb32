import type { Box } from './camera.js'

export interface Label {
  id: string
  /** Higher is placed first. Infinity: always placed, even over others. */
  priority: number
  /** Where it may be, best first. */
  places: readonly Box[]
  /** Is rather left out than to cover an obstacle. */
  clear: boolean
}

const CELL = 64

interface Taken {
  box: Box
  obstacle: boolean
}

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

/** Boxes in cells, so that a look for an overlap is near constant in time. */
class Grid {
  readonly #cells = new Map<number, Taken[]>()

  add(box: Box, obstacle: boolean): void {
    for (const key of this.keys(box)) {
      const cell = this.#cells.get(key)
      if (cell) cell.push({ box, obstacle })
      else this.#cells.set(key, [{ box, obstacle }])
    }
  }

  isFree(box: Box, ofObstacles: boolean): boolean {
    return this.keys(box).every(
      (k) => !this.#cells.get(k)?.some((t) => (ofObstacles || !t.obstacle) && overlap(t.box, box)),
    )
  }

  private keys(b: Box): number[] {
    const keys: number[] = []
    for (let x = Math.floor(b.left / CELL); x <= Math.floor(b.right / CELL); x++)
      for (let y = Math.floor(b.top / CELL); y <= Math.floor(b.bottom / CELL); y++) keys.push(x * 65_536 + y)
    return keys
  }
}

/**
 * Which labels have room, and at which of their places: by priority, each at the first place that is free of labels
 * and obstacles (the nodes), else, without `clear`, at the first that is free of labels. At most `most` are placed.
 */
export function cull(
  labels: readonly Label[],
  obstacles: readonly Box[] = [],
  most = Number.POSITIVE_INFINITY,
): Map<string, Box> {
  const placed = new Map<string, Box>()
  const grid = new Grid()
  for (const box of obstacles) grid.add(box, true)
  const order = [...labels].sort((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1))
  for (const label of order) {
    const always = label.priority === Number.POSITIVE_INFINITY
    if (placed.size >= most && !always) break
    const place =
      label.places.find((p) => grid.isFree(p, true)) ??
      (label.clear ? undefined : label.places.find((p) => grid.isFree(p, false))) ??
      (always ? label.places[0] : undefined)
    if (!place) continue
    placed.set(label.id, place)
    grid.add(place, false)
  }
  return placed
}
