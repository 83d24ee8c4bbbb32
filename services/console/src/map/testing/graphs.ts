import type { MapEdge, MapNode } from '@headwater/contracts'
import { type Graph, graphOf } from '../graph.js'

export const node = (id: string, more: Partial<MapNode> = {}): MapNode => ({
  id,
  label: id,
  kind: 'process',
  observed: true,
  cluster: 'c',
  namespace: '',
  class: '',
  labels: { cluster: 'c', process: id },
  self: false,
  connects: 0,
  accepts: 0,
  failures: 0,
  open: 0,
  tx_bytes: 0,
  rx_bytes: 0,
  ...more,
})

export const edge = (source: string, target: string, more: Partial<MapEdge> = {}): MapEdge => ({
  id: `${source}>${target}`,
  source,
  target,
  server_ports: [80],
  transport: 'tcp',
  client_to_server_bytes: 0,
  server_to_client_bytes: 0,
  client_to_server_wire_bytes: 0,
  server_to_client_wire_bytes: 0,
  client_to_server_packets: 0,
  server_to_client_packets: 0,
  connects: 1,
  closes: 1,
  open: 0,
  failures: 0,
  failure_reasons: {},
  retransmits: 0,
  resets: 0,
  connect_us: null,
  srtt_us: null,
  ...more,
})

/** A graph out of `a>b` pairs. */
export const graph = (...pairs: string[]): Graph => {
  const ends = pairs.map((p) => p.split('>') as [string, string])
  return graphOf({ nodes: [...new Set(ends.flat())].map((id) => node(id)), edges: ends.map(([a, b]) => edge(a, b)) })
}
