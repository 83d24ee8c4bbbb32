import type { Box } from './camera.js'
import type { Placed } from './geometry.js'

const CELL = 96
/** Larger than the largest node's radius. */
const REACH = 24

/** Nodes in square cells of the world, to find those under a box without looking at all. */
export class NodeGrid {
  readonly #cells = new Map<number, Placed[]>()

  constructor(nodes: readonly Placed[]) {
    for (const p of nodes) {
      const key = keyOf(Math.floor(p.at.x / CELL), Math.floor(p.at.y / CELL))
      const cell = this.#cells.get(key)
      if (cell) cell.push(p)
      else this.#cells.set(key, [p])
    }
  }

  /** Whether a node's square, with `slack` round it, touches the box. */
  touches(box: Box, slack: number): boolean {
    const reach = REACH + slack
    const [left, right] = [Math.floor((box.left - reach) / CELL), Math.floor((box.right + reach) / CELL)]
    const [top, bottom] = [Math.floor((box.top - reach) / CELL), Math.floor((box.bottom + reach) / CELL)]
    for (let x = left; x <= right; x++)
      for (let y = top; y <= bottom; y++)
        for (const { node, at } of this.#cells.get(keyOf(x, y)) ?? []) {
          const r = node.radius + slack
          if (at.x - r < box.right && at.x + r > box.left && at.y - r < box.bottom && at.y + r > box.top) return true
        }
    return false
  }
}

const keyOf = (x: number, y: number): number => x * 67_108_864 + y
