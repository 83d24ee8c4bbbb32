import type { MapAnswer, MapEdge, MapNode } from '@headwater/contracts'
import { edge, health, node } from '../../../src/map/testing/graphs.js'
import { random } from '../../../test/fixture/random.js'

/**
 * An answer of the API as a fleet gives it: clusters of namespaces of very different sizes, most services with a few
 * edges and a few with hundreds (gateways, stores, brokers), calls within a namespace and some across, addresses of
 * the internet; 3 % of the edges unwell, 5 % degraded. About 1.7 edges a node. The same for the same arguments.
 */
export function fleet(nodes: number, seed = 11): Pick<MapAnswer, 'nodes' | 'edges'> {
  const next = random(seed)
  const made: MapNode[] = []
  const spaces = namespaces(nodes, next)
  for (const space of spaces)
    for (let i = space.from; i < space.to; i++) made.push(i % 17 === 16 ? outside(i) : inside(i, space))
  const edges = new Map<string, MapEdge>()
  const link = (client: number, server: number): void => {
    const [a, b] = [made[client]?.id, made[server]?.id]
    if (a === undefined || b === undefined || a === b || edges.has(`${a}>${b}`)) return
    edges.set(`${a}>${b}`, carrying(a, b, next))
  }
  for (const space of spaces)
    for (let i = space.from; i < space.to; i++) {
      // The earlier in a namespace, the more are its clients: a power law of degrees.
      if (i > space.from) link(i, space.from + Math.floor(next() ** 2.6 * (i - space.from)))
      if (next() < 0.55) link(i, space.from + Math.floor(next() ** 1.8 * (space.to - space.from)))
      if (i === space.from || next() < 0.16) link(i, spaces[Math.floor(next() ** 2 * spaces.length)]?.from ?? 0)
    }
  return weighed({ nodes: made, edges: [...edges.values()] })
}

/** The same nodes and edges a refresh later: everything has carried more. */
export const later = (answer: Pick<MapAnswer, 'nodes' | 'edges'>): Pick<MapAnswer, 'nodes' | 'edges'> => ({
  nodes: answer.nodes.map((n) => ({ ...n, tx_bytes: n.tx_bytes + 10, rx_bytes: n.rx_bytes + 10 })),
  edges: answer.edges.map((e) => ({
    ...e,
    connects: e.connects + 1,
    client_to_server_bytes: e.client_to_server_bytes + 9,
  })),
})

interface Namespace {
  name: string
  cluster: string
  from: number
  to: number
}

function namespaces(nodes: number, next: () => number): Namespace[] {
  const found: Namespace[] = []
  for (let from = 0; from < nodes; ) {
    const to = Math.min(nodes, from + Math.max(4, Math.round(9 / (0.035 + next()))))
    found.push({ name: `team-${found.length}`, cluster: `cluster-${found.length % 3}`, from, to })
    from = to
  }
  return found
}

const inside = (i: number, { name, cluster }: Namespace): MapNode =>
  node(JSON.stringify(['service', cluster, name, `service-${i}`]), {
    label: `service-${i}`,
    kind: 'service',
    cluster,
    namespace: name,
    labels: { cluster, namespace: name, service: `service-${i}` },
  })

function outside(i: number): MapNode {
  const address = `203.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
  const labels = { address }
  return node(address, { kind: 'address', observed: false, cluster: '', class: i % 2 ? 'internet' : 'private', labels })
}

function carrying(source: string, target: string, next: () => number): MapEdge {
  const bytes = Math.round(10 ** (2 + next() * 6))
  const state = next()
  const judged = health(state < 0.03 ? 'unhealthy' : state < 0.08 ? 'degraded' : state < 0.9 ? 'healthy' : 'unknown')
  const open = next() < 0.6 ? Math.ceil(next() * 40) : 0
  const more = { open, connects: 1 + Math.round(next() * 1000), health: judged, counted: next() > 0.02 }
  return edge(source, target, { client_to_server_bytes: bytes, server_to_client_bytes: 3 * bytes, ...more })
}

const order = ['unhealthy', 'degraded', 'healthy', 'unknown'] as const

/** Gives each node the sums of its edges, and the worst of their states. */
function weighed({ nodes, edges }: { nodes: MapNode[]; edges: MapEdge[] }): { nodes: MapNode[]; edges: MapEdge[] } {
  const byId = new Map(nodes.map((n) => [n.id, n]))
  for (const e of edges)
    for (const id of [e.source, e.target]) {
      const n = byId.get(id)
      if (!n) continue
      n.tx_bytes += e.client_to_server_bytes
      n.rx_bytes += e.server_to_client_bytes
      // Who fails is rather the server: its clients are unwell with it only now and then.
      if (id === e.target && order.indexOf(e.health.state) < order.indexOf(n.health.state)) n.health = e.health
    }
  return { nodes, edges }
}
