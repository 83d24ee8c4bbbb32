import { type Health, healthStates, type MapEdge } from '@headwater/contracts'
import { mergeEdgeChange } from '../change/merge.js'

const sums = [
  'client_to_server_bytes',
  'server_to_client_bytes',
  'client_to_server_wire_bytes',
  'server_to_client_wire_bytes',
  'client_to_server_packets',
  'server_to_client_packets',
  'connects',
  'closes',
  'open',
  'failures',
  'retransmits',
  'resets',
] as const

const addMaps = (a: Record<string, number>, b: Record<string, number>): Record<string, number> => {
  const sum = { ...a }
  for (const [key, value] of Object.entries(b)) sum[key] = (sum[key] ?? 0) + value
  return sum
}

/** A mean of two means, weighted by connections; null only where neither has a sample. */
const addMeans = (a: number | null, weightA: number, b: number | null, weightB: number): number | null => {
  if (a === null || b === null) return a ?? b
  const [wa, wb] = weightA + weightB === 0 ? [1, 1] : [weightA, weightB]
  return (a * wa + b * wb) / (wa + wb)
}

const addRatios = (a: number | null, weightA: number, b: number | null, weightB: number): number | null =>
  a === null || b === null ? (a ?? b) : (a * weightA + b * weightB) / (weightA + weightB || 1)

const packets = (edge: MapEdge): number => edge.client_to_server_packets + edge.server_to_client_packets

/** The worse of two; of one state that of more samples. */
export function worseHealth(a: Health, b: Health): Health {
  const [x, y] = [healthStates.indexOf(a.state), healthStates.indexOf(b.state)]
  return x > y || (x === y && a.samples >= b.samples) ? a : b
}

/** Two edges between the same nodes as one. Quantiles of both cannot be told from those of each. */
export function mergeEdge(a: MapEdge, b: MapEdge): MapEdge {
  const merged = { ...a }
  for (const name of sums) merged[name] = a[name] + b[name]
  merged.failure_reasons = addMaps(a.failure_reasons, b.failure_reasons)
  merged.connect_us = addMeans(a.connect_us, a.connects, b.connect_us, b.connects)
  merged.srtt_us = addMeans(a.srtt_us, a.connects + a.open, b.srtt_us, b.connects + b.open)
  merged.retransmit_ratio = addRatios(a.retransmit_ratio, packets(a), b.retransmit_ratio, packets(b))
  merged.health = worseHealth(a.health, b.health)
  merged.connect_us_quantiles = null
  merged.srtt_us_quantiles = null
  merged.change = mergeEdgeChange(a, b, merged)
  merged.server_ports = [...new Set([...a.server_ports, ...b.server_ports])].slice(0, 8)
  return merged
}
