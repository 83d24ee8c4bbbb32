import type { EdgeStats } from '@headwater/contracts'
import type { EdgeRow } from '../sql/edges.js'

/** A mean, null without a sample. */
export const mean = (sum: number, count: number): number | null => (count === 0 ? null : sum / count)

const number = (row: EdgeRow, name: string): number => Number(row[name] ?? 0)

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
    retransmit_ratio: null,
    resets: number(row, 'resets'),
    connect_us: mean(number(row, 'connect_us_sum'), number(row, 'connect_us_count')),
    connect_us_quantiles: null,
    srtt_us: mean(number(row, 'srtt_us_sum'), number(row, 'srtt_us_count')),
    srtt_us_quantiles: null,
    server_ports: row.ports.map(([port]) => port),
  }
}

/** How much an edge matters for what is shown first: bytes, and a kilobyte for each connection or attempt. */
export const traffic = (stats: EdgeStats): number =>
  stats.client_to_server_bytes + stats.server_to_client_bytes + 1000 * (stats.connects + stats.failures + stats.open)
