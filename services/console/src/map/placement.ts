import type { Box } from './camera.js'
import type { Graph } from './graph.js'
import type { Layout } from './layout/layout.js'
import type { LayoutNode, LayoutResult } from './layout/messages.js'
import { type PositionStorage, Positions } from './positions.js'

export interface PlacementOptions {
  layout: Layout
  storage?: PositionStorage
  /** Only the settled layout is shown, not the way there. */
  reducedMotion: boolean
  /** Positions changed; `settled` when the layout has come to rest. */
  onMoved(settled: boolean): void
}

/** Where every node is: remembered places, the layout for those without one, and what the user has moved. */
export class Placement {
  positions: Positions
  settled = true
  #graph: Graph | undefined
  #revision = 0
  #requested: string[] = []
  #held = new Set<string>()

  constructor(private readonly options: PlacementOptions) {
    this.positions = new Positions('', options.storage)
    options.layout.onResult = (result) => this.apply(result)
  }

  /** @returns how many nodes were new and are being placed */
  set(graph: Graph, grouping: string, aspect: number): number {
    this.#graph = graph
    if (grouping !== this.positions.grouping) {
      this.positions = new Positions(grouping, this.options.storage)
      this.positions.load()
      this.#held.clear()
    }
    const fresh = graph.nodes.filter((n) => !this.positions.get(n.id)).length
    const placed = graph.nodes.length - fresh
    // A map that more than doubles would be bent round a core laid out for something else.
    if (fresh > 0) this.request(fresh > placed, aspect)
    return fresh
  }

  /** Lays everything out anew from where it is. */
  relax(aspect: number): void {
    this.#held.clear()
    this.request(true, aspect)
  }

  /** The user moved a node: the layout under way leaves it alone. */
  move(id: string, x: number, y: number): void {
    this.#held.add(id)
    this.positions.set(id, x, y)
  }

  box(): Box | undefined {
    const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity }
    for (const n of this.#graph?.nodes ?? []) {
      const p = this.positions.get(n.id)
      if (!p) continue
      box.left = Math.min(box.left, p.x - n.radius)
      box.right = Math.max(box.right, p.x + n.radius)
      box.top = Math.min(box.top, p.y - n.radius)
      box.bottom = Math.max(box.bottom, p.y + n.radius + 18)
    }
    return box.left === Infinity ? undefined : box
  }

  dispose(): void {
    this.#revision++
    this.options.layout.dispose()
  }

  private request(relax: boolean, aspect: number): void {
    const graph = this.#graph
    if (!graph) return
    const nodes = graph.nodes.map((n): LayoutNode => {
      const p = this.positions.get(n.id)
      return { id: n.id, radius: n.radius, ...(p && { x: p.x, y: p.y }) }
    })
    const links = graph.edges.map((e) => ({ source: e.source.id, target: e.target.id }))
    this.#requested = nodes.map((n) => n.id)
    this.settled = false
    this.options.layout.request({ revision: ++this.#revision, nodes, links, aspect, relax })
  }

  private apply(result: LayoutResult): void {
    if (result.revision !== this.#revision) return
    if (this.options.reducedMotion && !result.done) return
    this.#requested.forEach((id, i) => {
      if (!this.#held.has(id)) this.positions.set(id, result.positions[2 * i] ?? 0, result.positions[2 * i + 1] ?? 0)
    })
    if (result.done) {
      this.settled = true
      this.positions.save()
    }
    this.options.onMoved(result.done)
  }
}
