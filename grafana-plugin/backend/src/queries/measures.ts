import type { EdgeStats, Health } from '@headwater/contracts/api'
import type { Row } from '../frames/table.ts'

const levels: Record<Health['state'], number | null> = { unknown: null, healthy: 0, degraded: 1, unhealthy: 2 }

export const healthRow = (health: Health): Row => ({
  state: health.state,
  state_level: levels[health.state],
  cause: health.cause,
  at_fault: health.at_fault,
  reason: health.reason,
})

export const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

const quantileRow = (name: 'connect_us' | 'srtt_us', stats: EdgeStats): Row => {
  const quantiles = stats[`${name}_quantiles`]
  return {
    [name]: stats[name],
    [`${name}_p50`]: quantiles?.p50,
    [`${name}_p95`]: quantiles?.p95,
    [`${name}_p99`]: quantiles?.p99,
  }
}

/** What is measured of an edge, flat. @param seconds length of the range */
export const statsRow = (stats: EdgeStats, seconds: number): Row => {
  const { failure_reasons, connect_us_quantiles: _, srtt_us_quantiles: __, server_ports, ...numbers } = stats
  return {
    ...numbers,
    ...quantileRow('connect_us', stats),
    ...quantileRow('srtt_us', stats),
    bytes_per_second: (stats.client_to_server_bytes + stats.server_to_client_bytes) / seconds,
    failure_ratio: ratio(stats.failures, stats.connects + stats.failures),
    failure_reasons: Object.entries(failure_reasons)
      .map(([reason, n]) => `${reason}: ${n}`)
      .join(', '),
    server_ports: server_ports.join(', '),
  }
}
