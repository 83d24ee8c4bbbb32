import { type Quadtree, quadtree } from 'd3-quadtree'
import { curveOf, distanceTo } from './curve.js'
import type { Graph, GraphNode } from './graph.js'
import type { Point, Positions } from './positions.js'

export interface Selection {
  type: 'node' | 'edge'
  id: string
}

interface Placed extends Point {
  node: GraphNode
}

/** Finds what lies under a point. Built anew when positions change, not on each move of the pointer. */
export class HitIndex {
  readonly #tree: Quadtree<Placed>

  constructor(
    private readonly graph: Graph,
    private readonly positions: Positions,
  ) {
    const placed: Placed[] = []
    for (const node of graph.nodes) {
      const p = positions.get(node.id)
      if (p) placed.push({ node, x: p.x, y: p.y })
    }
    this.#tree = quadtree(
      placed,
      (d) => d.x,
      (d) => d.y,
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
          const over = Math.hypot(leaf.data.x - p.x, leaf.data.y - p.y) - leaf.data.node.radius - slack
          if (over < least) {
            least = over
            best = leaf.data.node.id
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
    for (const e of this.graph.edges) {
      const a = this.positions.get(e.source.id)
      const b = this.positions.get(e.target.id)
      if (!a || !b) continue
      const margin = slack + e.width + (e.source === e.target ? 90 : Math.hypot(b.x - a.x, b.y - a.y) * 0.17)
      if (p.x < Math.min(a.x, b.x) - margin || p.x > Math.max(a.x, b.x) + margin) continue
      if (p.y < Math.min(a.y, b.y) - margin || p.y > Math.max(a.y, b.y) + margin) continue
      const d = distanceTo(curveOf(e, a, b), p) - e.width / 2
      if (d < slack && d < least) {
        least = d
        best = e.id
      }
    }
    return best
  }
}
