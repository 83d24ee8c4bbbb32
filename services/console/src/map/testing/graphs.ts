import { type Health, type MapEdge, type MapNode, unknownHealth } from '@headwater/contracts'
import { type Graph, graphOf } from '../graph.js'

export const health = (state: Health['state'], more: Partial<Health> = {}): Health => ({
  ...unknownHealth,
  state,
  reason: `${state} as the test says`,
  samples: 100,
  ...more,
})

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
  health: health('healthy'),
  change: null,
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
  retransmit_ratio: null,
  resets: 0,
  connect_us: null,
  connect_us_quantiles: null,
  srtt_us: null,
  srtt_us_quantiles: null,
  counted: true,
  health: health('healthy'),
  change: null,
  ...more,
})

/** A graph out of `a>b` pairs. */
export const graph = (...pairs: string[]): Graph => {
  const ends = pairs.map((p) => p.split('>') as [string, string])
  return graphOf({ nodes: [...new Set(ends.flat())].map((id) => node(id)), edges: ends.map(([a, b]) => edge(a, b)) })
}
