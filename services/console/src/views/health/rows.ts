import type { HealthState, MapEdge, MapNode } from '@headwater/contracts'
import type { Graph, GraphEdge, GraphNode } from '../../map/graph.js'

interface Spread {
  p50: number
  p95: number
  p99: number
}

/** One line of the health page: a service with all its edges, or one edge. */
export interface HealthRow {
  id: string
  health: MapNode['health']
  state: HealthState
  node?: GraphNode
  edge?: GraphEdge
  /** Established in the range: as client, as server; of an edge both are the same. */
  connects: number
  accepts: number
  failures: number
  failure_reasons: Record<string, number>
  /** Of a service those of its slowest edge: quantiles do not add up. */
  connect: Spread | null
  roundTrip: Spread | null
  /** Of a service that of its worst edge. */
  retransmit_ratio: number | null
  resets: number
  open: number
}

const worst = <T>(edges: MapEdge[], of: (e: MapEdge) => T | null, by: (value: T) => number): T | null =>
  edges.map(of).reduce((a, b) => (b === null ? a : a === null || by(b) > by(a) ? b : a), null)

function measured(edges: MapEdge[]) {
  const failure_reasons: Record<string, number> = {}
  for (const e of edges)
    for (const [reason, n] of Object.entries(e.failure_reasons))
      failure_reasons[reason] = (failure_reasons[reason] ?? 0) + n
  const sum = (of: (e: MapEdge) => number): number => edges.reduce((n, e) => n + of(e), 0)
  return {
    failure_reasons,
    failures: sum((e) => e.failures),
    resets: sum((e) => e.resets),
    connect: worst(
      edges,
      (e) => e.connect_us_quantiles,
      (q) => q.p95,
    ),
    roundTrip: worst(
      edges,
      (e) => e.srtt_us_quantiles,
      (q) => q.p95,
    ),
    retransmit_ratio: worst(
      edges,
      (e) => e.retransmit_ratio,
      (r) => r,
    ),
  }
}

/** A line for each node. What is counted on another edge is in its judgement, but in no sum. */
export function serviceRows(graph: Graph): HealthRow[] {
  const own = new Map<string, MapEdge[]>(graph.nodes.map((n) => [n.id, []]))
  for (const { data, source, target } of graph.edges) {
    if (!data.counted) continue
    own.get(source.id)?.push(data)
    if (target !== source) own.get(target.id)?.push(data)
  }
  return graph.nodes.map((node) => ({
    id: node.id,
    node,
    health: node.data.health,
    state: node.health,
    connects: node.data.connects,
    accepts: node.data.accepts,
    open: node.data.open,
    ...measured(own.get(node.id) ?? []),
  }))
}

export const edgeRows = (edges: readonly GraphEdge[]): HealthRow[] =>
  edges.map((edge) => ({
    id: edge.id,
    edge,
    health: edge.data.health,
    state: edge.health,
    connects: edge.data.connects,
    accepts: edge.data.connects,
    open: edge.data.open,
    ...measured([edge.data]),
  }))
