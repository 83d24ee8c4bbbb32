import type { EdgeStats } from '@headwater/contracts'
import { bucketLowerBound } from '@headwater/store'
import type { EdgeRow } from '../sql/edges.js'

/** A mean, null without a sample. */
export const mean = (sum: number, count: number): number | null => (count === 0 ? null : sum / count)

const number = (row: EdgeRow, name: string): number => Number(row[name] ?? 0)

/** The value that stands for a bucket: its geometric middle, so that it is off by 9 % at most. us */
export const bucketMiddle = (bucket: number): number => bucketLowerBound(bucket + 0.5)

function quantiles(row: EdgeRow, name: 'connect_us' | 'srtt_us'): EdgeStats['srtt_us_quantiles'] {
  if (number(row, `${name}_count`) === 0) return null
  const [, p50 = 0, p95 = 0, p99 = 0] = row[`${name}_buckets`].map(bucketMiddle)
  return { p50, p95, p99 }
}

/** Segments sent again of segments sent, by the ends that were seen. */
function retransmitRatio(row: EdgeRow): number | null {
  const sent = number(row, 'segments_doubled') / 2
  return sent === 0 ? null : Math.min(1, number(row, 'retransmits') / sent)
}

/** The measures of an edge as the API tells them. */
export function edgeStats(row: EdgeRow): EdgeStats {
  return {
    client_to_server_bytes: number(row, 'client_to_server_bytes'),
    server_to_client_bytes: number(row, 'server_to_client_bytes'),
    client_to_server_wire_bytes: number(row, 'client_to_server_wire_bytes'),
    server_to_client_wire_bytes: number(row, 'server_to_client_wire_bytes'),
    client_to_server_packets: number(row, 'client_to_server_packets'),
    server_to_client_packets: number(row, 'server_to_client_packets'),
    connects: number(row, 'connects'),
    closes: number(row, 'closes'),
    open: number(row, 'open'),
    failures: number(row, 'failures'),
    failure_reasons: row.failure_reasons,
    retransmits: number(row, 'retransmits'),
    retransmit_ratio: retransmitRatio(row),
    resets: number(row, 'resets'),
    connect_us: mean(number(row, 'connect_us_sum'), number(row, 'connect_us_count')),
    connect_us_quantiles: quantiles(row, 'connect_us'),
    srtt_us: mean(number(row, 'srtt_us_sum'), number(row, 'srtt_us_count')),
    srtt_us_quantiles: quantiles(row, 'srtt_us'),
    server_ports: row.ports.map(([port]) => port),
  }
}

/** How much an edge matters for what is shown first: bytes, and a kilobyte for each connection or attempt. */
export const traffic = (stats: EdgeStats): number =>
  stats.client_to_server_bytes + stats.server_to_client_bytes + 1000 * (stats.connects + stats.failures + stats.open)
