import type { Box } from './camera.js'
import { type Curve, curveOf } from './curve.js'
import type { Graph, GraphEdge, GraphNode } from './graph.js'
import { NodeGrid } from './grid.js'
import type { Under } from './labels.js'
import { markOf } from './marks.js'
import type { Point, Positions } from './positions.js'

/** A node where it is, in world units. */
export interface Placed {
  node: GraphNode
  at: Point
}

/** An edge as it is drawn, and the box round its line. */
export interface Line extends Box {
  edge: GraphEdge
  curve: Curve
}

const arrowGap = (e: GraphEdge): number => arrowLength(e) + 1
const bareGap = (): number => 2

export const arrowLength = (e: GraphEdge): number => 6 + e.width * 1.6

/** More than a line reaches over its points: half of the widest line, an arrow head, a drop. */
const MARGIN = 12
/** More than a node reaches over its radius: marks and rings. */
export const NODE_MARGIN = 12

/** What a state adds to the worth of a node's name: of two, the one that is unwell is told, if the other is not far larger. */
const WORTH = { unhealthy: 120, degraded: 40, healthy: 0, unknown: 0 } as const

/** Where all of a graph lies, worked out once for many frames: anew when a node has moved. */
export class Geometry {
  readonly nodes: readonly Placed[]
  readonly byId: ReadonlyMap<string, Placed>
  readonly #grid: NodeGrid
  readonly #unwell: NodeGrid
  readonly #lines = new Map<boolean, readonly Line[]>()
  #byPriority: readonly Placed[] | undefined

  constructor(
    readonly graph: Graph,
    positions: Positions,
  ) {
    this.nodes = graph.nodes.flatMap((node) => {
      const at = positions.get(node.id)
      return at ? [{ node, at: { x: at.x, y: at.y } }] : []
    })
    this.byId = new Map(this.nodes.map((p) => [p.node.id, p]))
    this.#grid = new NodeGrid(this.nodes)
    this.#unwell = new NodeGrid(this.nodes.filter((p) => markOf(p.node.health) !== ''))
  }

  /** Lines of all edges whose ends have places; with arrows they end before the heads. */
  lines(arrows: boolean): readonly Line[] {
    const made = this.#lines.get(arrows) ?? this.graph.edges.flatMap((e) => this.#line(e, arrows) ?? [])
    this.#lines.set(arrows, made)
    return made
  }

  line(edge: string, arrows: boolean): Line | undefined {
    const e = this.graph.edgeById.get(edge)
    return e && this.#line(e, arrows)
  }

  linesIn(box: Box, arrows: boolean): Line[] {
    return this.lines(arrows).filter(
      (l) => l.left < box.right && l.right > box.left && l.top < box.bottom && l.bottom > box.top,
    )
  }

  nodesIn(box: Box): Placed[] {
    return this.nodes.filter(({ node, at }) => {
      const reach = node.radius + NODE_MARGIN
      return at.x + reach > box.left && at.x - reach < box.right && at.y + reach > box.top && at.y - reach < box.bottom
    })
  }

  /** What lies under a box, with `slack` round the nodes. */
  under(box: Box, slack: number): Under {
    if (!this.#grid.touches(box, slack)) return 'nothing'
    return this.#unwell.touches(box, slack) ? 'unwell' : 'node'
  }

  /** Nodes by how much their name is worth: what is unwell, then size and number of neighbours. */
  byPriority(): readonly Placed[] {
    if (!this.#byPriority) {
      const { neighbours } = this.graph
      const worth = ({ node }: Placed): number =>
        WORTH[node.health] + node.radius * 10 + (neighbours.get(node.id)?.size ?? 0)
      const valued = this.nodes.map((p) => ({ p, worth: worth(p) }))
      valued.sort((a, b) => b.worth - a.worth || (a.p.node.id < b.p.node.id ? -1 : 1))
      this.#byPriority = valued.map(({ p }) => p)
    }
    return this.#byPriority
  }

  #line(edge: GraphEdge, arrows: boolean): Line | undefined {
    const [a, b] = [this.byId.get(edge.source.id), this.byId.get(edge.target.id)]
    if (!a || !b) return undefined
    const curve = curveOf(edge, a.at, b.at, arrows ? arrowGap(edge) : bareGap())
    const { from, to, control, control2 = control } = curve
    return {
      edge,
      curve,
      left: Math.min(from.x, to.x, control.x, control2.x) - MARGIN,
      right: Math.max(from.x, to.x, control.x, control2.x) + MARGIN,
      top: Math.min(from.y, to.y, control.y, control2.y) - MARGIN,
      bottom: Math.max(from.y, to.y, control.y, control2.y) + MARGIN,
    }
  }
}
