import type { FamilyInfo } from '@headwater/contracts/metrics'

/** Upper bounds of the latencies' buckets, seconds. */
export const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const

/** A family and the labels that its series have besides those of the edge or the service, and `replica`. */
export interface CountedFamily extends FamilyInfo {
  labels: readonly string[]
}

const counter = (name: string, help: string, ...labels: string[]): CountedFamily => ({
  name: `headwater_${name}`,
  type: 'counter',
  help,
  labels,
})
const histogram = (name: string, help: string): CountedFamily => ({
  name: `headwater_${name}`,
  type: 'histogram',
  help,
  labels: ['le'],
})

const ends = (label: string): string[] => [`client_${label}`, `server_${label}`]
export const edgeLabels = [...['cluster', 'namespace', 'service'].flatMap(ends), 'transport'] as const
export const serviceLabels = ['cluster', 'namespace', 'service'] as const

/** Of an edge. Bytes, connections and failures are those of counted rows; the others of every end that is seen. */
export const edgeFamilies = {
  bytes: counter('edge_bytes_total', 'Payload, each connection counted once', 'direction'),
  connections: counter('edge_connections_total', 'Connections established, each counted once'),
  failures: counter('edge_failures_total', 'Attempts to connect that failed, by reason', 'reason'),
  segments: counter('edge_segments_total', 'Segments sent, as the ends that are observed tell', 'direction'),
  retransmits: counter(
    'edge_retransmits_total',
    'Segments sent again, as the ends that are observed tell',
    'direction',
  ),
  rtt: histogram('edge_rtt_seconds', 'Smoothed round-trip time, a sample for each report of a connection'),
  connect: histogram('edge_connect_seconds', 'Time to connect, SYN to established'),
} as const

/** Of a service, at whichever end of an edge it is. */
export const serviceFamilies = {
  bytes: counter('service_bytes_total', 'Payload that the service sent and received', 'direction'),
  connections: counter('service_connections_total', 'Connections established by the service and to it', 'role'),
  failures: counter(
    'service_failures_total',
    'Attempts to connect that failed, by the service and to it',
    'role',
    'reason',
  ),
  segments: counter('service_segments_total', 'Segments that the service sent, where it is observed'),
  retransmits: counter('service_retransmits_total', 'Segments that the service sent again, where it is observed'),
} as const
