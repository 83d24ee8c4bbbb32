import type { EdgeChange, EdgeStats, MapEdge } from '@headwater/contracts'
import { unknownHealth } from '@headwater/contracts'
import type { Graph } from '../graph/graph.js'
import type { TimeRange } from '../time/range.js'
import { compared, difference } from './judge.js'

const noStats: EdgeStats = {
  client_to_server_bytes: 0,
  server_to_client_bytes: 0,
  client_to_server_wire_bytes: 0,
  server_to_client_wire_bytes: 0,
  client_to_server_packets: 0,
  server_to_client_packets: 0,
  connects: 0,
  closes: 0,
  open: 0,
  failures: 0,
  failure_reasons: {},
  retransmits: 0,
  retransmit_ratio: null,
  resets: 0,
  connect_us: null,
  connect_us_quantiles: null,
  srtt_us: null,
  srtt_us_quantiles: null,
  server_ports: [],
}

const noSums = { connects: 0, accepts: 0, failures: 0, open: 0, tx_bytes: 0, rx_bytes: 0 }

const rangeText = ({ from, to }: TimeRange): string =>
  `from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`

/** Edges and nodes of both ranges by their ids; what is only in the range compared with is there with sums of 0. */
export function compareGraphs(now: Graph, before: Graph, range: TimeRange, comparedWith: TimeRange): Graph {
  const scale = (range.to - range.from) / (comparedWith.to - comparedWith.from)
  const oldEdges = new Map(before.edges.map((e) => [e.id, e]))
  const oldNodes = new Set(before.nodes.map((n) => n.id))
  const edgeIds = new Set(now.edges.map((e) => e.id))
  const nodeIds = new Set(now.nodes.map((n) => n.id))
  const changeOf = (edge: MapEdge): EdgeChange => {
    const old = oldEdges.get(edge.id)
    if (old === undefined) return { kind: 'new', reason: `new: not seen ${rangeText(comparedWith)}`, before: null }
    const figures = compared(old, scale)
    const reason = difference(figures, compared(edge))
    return { kind: reason === '' ? 'same' : 'changed', reason, before: figures }
  }
  const gone = (edge: MapEdge): MapEdge => ({
    ...edge,
    ...noStats,
    server_ports: edge.server_ports,
    health: unknownHealth,
    change: { kind: 'gone', reason: `gone: not seen ${rangeText(range)}`, before: compared(edge, scale) },
  })
  return {
    nodes: [
      ...now.nodes.map((n) => ({ ...n, change: { kind: oldNodes.has(n.id) ? 'same' : 'new' } as const })),
      ...before.nodes
        .filter((n) => !nodeIds.has(n.id))
        .map((n) => ({ ...n, ...noSums, health: unknownHealth, change: { kind: 'gone' } as const })),
    ],
    edges: [
      ...now.edges.map((e) => ({ ...e, change: changeOf(e) })),
      ...before.edges.filter((e) => !edgeIds.has(e.id)).map(gone),
    ],
  }
}
