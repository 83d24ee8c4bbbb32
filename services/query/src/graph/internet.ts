import type { MapEdge, MapNode } from '@headwater/contracts'
import { mergeNodeChange } from '../change/merge.js'
import { edgeId, type Graph, nodeTraffic } from './graph.js'
import { mergeEdge, worseHealth } from './merge.js'

/** Nameless internet addresses that keep a node of their own. */
export const INTERNET_NODES = 100

const ID = JSON.stringify(['class', 'internet'])

/**
 * A public server has thousands of clients without a name: each as a node would hide the map. The busiest keep their
 * node, the others become one; grouping by address shows all. Which they are can change as traffic does, their sum cannot.
 */
export function foldInternet(graph: Graph): Graph {
  const nameless = graph.nodes.filter((n) => n.kind === 'address' && !n.observed && n.class === 'internet')
  if (nameless.length <= INTERNET_NODES) return graph
  const folded = nameless.sort((a, b) => nodeTraffic(b) - nodeTraffic(a)).slice(INTERNET_NODES)
  const gone = new Set(folded.map((n) => n.id))
  const total = folded.reduce(addNodes)
  const rest: MapNode = {
    ...total,
    id: ID,
    label: 'internet (other addresses)',
    cluster: '',
    namespace: '',
    labels: {},
  }
  const edges = new Map<string, MapEdge>()
  for (const edge of graph.edges) {
    const source = gone.has(edge.source) ? ID : edge.source
    const target = gone.has(edge.target) ? ID : edge.target
    const id = edgeId(source, target, edge.transport)
    const known = edges.get(id)
    const moved = { ...edge, id, source, target }
    edges.set(id, known === undefined ? moved : mergeEdge(known, moved))
  }
  return { nodes: [...graph.nodes.filter((n) => !gone.has(n.id)), rest], edges: [...edges.values()] }
}

const addNodes = (a: MapNode, b: MapNode): MapNode => ({
  ...a,
  self: a.self || b.self,
  connects: a.connects + b.connects,
  accepts: a.accepts + b.accepts,
  failures: a.failures + b.failures,
  open: a.open + b.open,
  tx_bytes: a.tx_bytes + b.tx_bytes,
  rx_bytes: a.rx_bytes + b.rx_bytes,
  health: worseHealth(a.health, b.health),
  change: mergeNodeChange(a, b),
})
