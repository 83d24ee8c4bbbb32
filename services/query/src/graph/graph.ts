import { type Grouping, type MapEdge, type MapNode, unknownHealth } from '@headwater/contracts'
import type { HealthOf } from '../health/reader.js'
import type { EdgeRow } from '../sql/edges.js'
import type { End } from '../sql/labels.js'
import { endIdentity } from './end.js'
import { foldInternet } from './internet.js'
import { mergeEdge } from './merge.js'
import { edgeStats, traffic } from './stats.js'

export interface Graph {
  nodes: MapNode[]
  edges: MapEdge[]
}

const emptyNode = {
  observed: false,
  class: '',
  self: false,
  connects: 0,
  accepts: 0,
  failures: 0,
  open: 0,
  tx_bytes: 0,
  rx_bytes: 0,
  health: unknownHealth,
  change: null,
}

function addNode(nodes: Map<string, MapNode>, row: EdgeRow, end: End, grouping: Grouping): MapNode {
  const identity = endIdentity(row, end, grouping)
  const node: MapNode = nodes.get(identity.id) ?? { ...identity, ...emptyNode }
  nodes.set(identity.id, node)
  // An agent reported that socket, but who holds it is as unknown as at an address elsewhere.
  const bare = grouping !== 'address' && identity.kind === 'address'
  node.observed ||= !bare && Number(row[`${end}_observed`]) === 1
  node.self ||= Number(row[`${end}_self`]) === 1
  node.class ||= String(row[`${end}_class`] ?? '')
  if (node.observed) node.class = ''
  return node
}

/** Ids of nodes are JSON arrays, so that what stands between them cannot be part of one. */
export const edgeId = (source: string, target: string, transport: string): string => `${source}>${target}/${transport}`

/** Adds an edge's sums to the nodes at its ends. */
function addSums(client: MapNode, server: MapNode, edge: MapEdge): void {
  client.connects += edge.connects
  client.failures += edge.failures
  client.tx_bytes += edge.client_to_server_bytes
  client.rx_bytes += edge.server_to_client_bytes
  server.accepts += edge.connects
  server.tx_bytes += edge.server_to_client_bytes
  server.rx_bytes += edge.client_to_server_bytes
  client.open += edge.open
  if (server !== client) server.open += edge.open
}

/** How much a node matters for what is kept under a limit. */
export const nodeTraffic = (node: MapNode): number =>
  node.tx_bytes + node.rx_bytes + 1000 * (node.connects + node.accepts + node.failures + node.open)

/** Nodes and edges out of SQL's edges, each address a node. */
export function readGraph(rows: readonly EdgeRow[], grouping: Grouping, health?: HealthOf): Graph {
  const nodes = new Map<string, MapNode>()
  const edges = new Map<string, MapEdge>()
  const ends = rows.map(
    (row) => [addNode(nodes, row, 'client', grouping), addNode(nodes, row, 'server', grouping)] as const,
  )
  for (const [i, row] of rows.entries()) {
    const [client, server] = ends[i] as (typeof ends)[number]
    const transport = String(row.transport)
    const id = edgeId(client.id, server.id, transport)
    const facts = { counted: row.translated !== 1, health: health?.edges.get(id) ?? unknownHealth, change: null }
    const edge = { id, source: client.id, target: server.id, transport, ...facts, ...edgeStats(row) }
    if (edge.counted) addSums(client, server, edge)
    const known = edges.get(id)
    edges.set(id, known === undefined ? edge : mergeEdge(known, edge))
  }
  for (const node of nodes.values()) node.health = health?.nodes.get(node.id) ?? unknownHealth
  return { nodes: [...nodes.values()], edges: [...edges.values()] }
}

/** The map of a graph: the internet folded, the busiest first. */
export function arrangeGraph(graph: Graph, grouping: Grouping): Graph {
  const folded = grouping === 'service' ? foldInternet(graph) : graph
  folded.nodes.sort((a, b) => nodeTraffic(b) - nodeTraffic(a))
  folded.edges.sort((a, b) => traffic(b) - traffic(a))
  return folded
}

/** Nodes and edges of the map out of SQL's edges, busiest first. */
export const buildGraph = (rows: readonly EdgeRow[], grouping: Grouping, health?: HealthOf): Graph =>
  arrangeGraph(readGraph(rows, grouping, health), grouping)

/** The busiest nodes and the edges between them. */
export function limitGraph({ nodes, edges }: Graph, limit: number): Graph {
  if (nodes.length <= limit) return { nodes, edges }
  const kept = nodes.slice(0, limit)
  const ids = new Set(kept.map((n) => n.id))
  return { nodes: kept, edges: edges.filter((e) => ids.has(e.source) && ids.has(e.target)) }
}
