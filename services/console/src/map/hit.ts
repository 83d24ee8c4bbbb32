import { type Quadtree, quadtree } from 'd3-quadtree'
import { distanceTo } from './curve.js'
import type { Geometry, Placed } from './geometry.js'
import type { Point } from './positions.js'

export interface Selection {
  type: 'node' | 'edge'
  id: string
}

/** Finds what lies under a point. Built anew when positions change, not on each move of the pointer. */
export class HitIndex {
  readonly #tree: Quadtree<Placed>

  constructor(private readonly geometry: Geometry) {
    this.#tree = quadtree(
      [...geometry.nodes],
      (d) => d.at.x,
      (d) => d.at.y,
    )
  }

  /** `slack` in world units widens small targets (fingers, far zoom). Nodes win over edges. */
  at(p: Point, slack: number): Selection | undefined {
    const id = this.nodeAt(p, slack)
    if (id !== undefined) return { type: 'node', id }
    const edge = this.edgeAt(p, slack)
    return edge === undefined ? undefined : { type: 'edge', id: edge }
  }

  nodeAt(p: Point, slack: number): string | undefined {
    let best: string | undefined
    let least = 0
    const reach = 24 + slack
    this.#tree.visit((quad, x0, y0, x1, y1) => {
      if (!quad.length) {
        let leaf: typeof quad | undefined = quad
        while (leaf) {
          const { node, at } = leaf.data
          const over = Math.hypot(at.x - p.x, at.y - p.y) - node.radius - slack
          if (over < least) {
            least = over
            best = node.id
          }
          leaf = leaf.next
        }
      }
      return x0 > p.x + reach || x1 < p.x - reach || y0 > p.y + reach || y1 < p.y - reach
    })
    return best
  }

  private edgeAt(p: Point, slack: number): string | undefined {
    let best: string | undefined
    let least = Number.POSITIVE_INFINITY
    const box = { left: p.x - slack, right: p.x + slack, top: p.y - slack, bottom: p.y + slack }
    for (const { edge, curve } of this.geometry.linesIn(box, false)) {
      const d = distanceTo(curve, p) - edge.width / 2
      if (d < slack && d < least) {
        least = d
        best = edge.id
      }
    }
    return best
  }
}
