import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type Simulation,
  type SimulationLinkDatum,
  type SimulationNodeDatum,
} from 'd3-force'
import type { LayoutLink, LayoutNode, LayoutRequest } from './messages.js'

interface Body extends SimulationNodeDatum {
  id: string
  radius: number
  degree: number
}

const LABEL_ROOM = 20

/** Rest length of a link: hubs push their leaves out, so that the leaves' labels have room. */
const restLength = (a: Body, b: Body): number => 96 + a.radius + b.radius + 9 * Math.sqrt(Math.max(a.degree, b.degree))

/** A place beside the mean of the neighbours that have one; a sunflower spiral round the centre where none has. */
function place(body: Body, index: number, neighbours: Body[]): void {
  const near = neighbours.filter((n) => n.x !== undefined)
  const angle = index * 2.399963
  if (near.length === 0) {
    const reach = 46 * Math.sqrt(index + 0.5)
    body.x = Math.cos(angle) * reach
    body.y = Math.sin(angle) * reach
    return
  }
  const mean = (of: (n: Body) => number): number => near.reduce((sum, n) => sum + of(n), 0) / near.length
  const reach = near.length === 1 ? 95 : 40
  body.x = mean((n) => n.x ?? 0) + Math.cos(angle) * reach
  body.y = mean((n) => n.y ?? 0) + Math.sin(angle) * reach
}

/**
 * A force layout that starts from where things are. Nodes with a place are held there (unless `relax`), new ones
 * begin beside their neighbours and settle round them. Deterministic: no random numbers.
 */
export class LayoutSimulation {
  readonly #bodies: Body[]
  readonly #simulation: Simulation<Body, SimulationLinkDatum<Body>>
  readonly #free: boolean

  constructor(request: Omit<LayoutRequest, 'revision'>) {
    const degree = degreesOf(request.links)
    this.#bodies = request.nodes.map((n) => bodyOf(n, degree.get(n.id) ?? 0, request.relax))
    const byId = new Map(this.#bodies.map((b) => [b.id, b]))
    const fresh = this.#bodies.filter((b) => b.x === undefined)
    this.#free = request.relax || fresh.length > 0
    const settled = fresh.length < this.#bodies.length
    placeAll(fresh, request.links, byId)
    const links = request.links
      .filter((l) => l.source !== l.target && byId.has(l.source) && byId.has(l.target))
      .map((l) => ({ source: l.source, target: l.target }))
    const stretch = Math.min(2.2, Math.max(0.45, request.aspect))
    this.#simulation = forceSimulation(this.#bodies)
      .force(
        'link',
        forceLink<Body, SimulationLinkDatum<Body>>(links)
          .id((b) => b.id)
          .distance((l) => restLength(l.source as Body, l.target as Body)),
      )
      .force(
        'charge',
        forceManyBody<Body>()
          .strength((b) => -520 - 34 * Math.min(30, b.degree))
          .distanceMax(1100)
          .theta(0.95),
      )
      .force('collide', forceCollide<Body>((b) => b.radius + LABEL_ROOM).strength(0.85))
      .force('x', forceX<Body>(0).strength(0.05 / stretch))
      .force('y', forceY<Body>(0).strength(0.05 * stretch))
      .alpha(settled ? 0.45 : 1)
      .alphaMin(settled ? 0.02 : 0.006)
      .alphaDecay(this.#bodies.length > 600 ? 0.035 : 0.025)
      .stop()
  }

  /** How many nodes it lays out. */
  get size(): number {
    return this.#bodies.length
  }

  /** Runs up to `ticks` steps. @returns true when it has settled */
  step(ticks: number): boolean {
    if (!this.#free) return true
    for (let i = 0; i < ticks; i++) {
      if (this.#simulation.alpha() < this.#simulation.alphaMin()) return true
      this.#simulation.tick()
    }
    return this.#simulation.alpha() < this.#simulation.alphaMin()
  }

  /** x and y of each node in the order of the request. */
  positions(): Float64Array {
    const out = new Float64Array(this.#bodies.length * 2)
    this.#bodies.forEach((b, i) => {
      out[2 * i] = b.x ?? 0
      out[2 * i + 1] = b.y ?? 0
    })
    return out
  }
}

function degreesOf(links: LayoutLink[]): Map<string, number> {
  const degree = new Map<string, number>()
  for (const l of links) for (const id of [l.source, l.target]) degree.set(id, (degree.get(id) ?? 0) + 1)
  return degree
}

function bodyOf(n: LayoutNode, degree: number, relax: boolean): Body {
  const body: Body = { id: n.id, radius: n.radius, degree }
  if (n.x === undefined || n.y === undefined) return body
  body.x = n.x
  body.y = n.y
  if (!relax) {
    body.fx = n.x
    body.fy = n.y
  }
  return body
}

function placeAll(fresh: Body[], links: LayoutLink[], byId: Map<string, Body>): void {
  const near = new Map<string, Body[]>(fresh.map((b) => [b.id, []]))
  for (const l of links) {
    const [a, b] = [byId.get(l.source), byId.get(l.target)]
    if (!a || !b || a === b) continue
    near.get(a.id)?.push(b)
    near.get(b.id)?.push(a)
  }
  const order = [...fresh].sort((a, b) => b.degree - a.degree)
  order.forEach((b, i) => {
    place(b, i, near.get(b.id) ?? [])
  })
}
