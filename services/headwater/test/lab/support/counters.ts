import type { Sample } from '../../support/samples.js'
import type { Line } from './pairs.js'

export const COUNTER_NAMES = /^headwater_edge_(connections|failures|bytes)_total$/
/** The same for Prometheus. */
export const COUNTERS = `{__name__=~"${COUNTER_NAMES.source.slice(1, -1)}"}`

/** Edges of TCP by Prometheus' counters, in the figures that the services count too; behind a gateway there is no counted edge. */
function linesOf(samples: readonly Sample[]): Map<string, Omit<Line, 'edge' | 'counted'>> {
  const lines = new Map<string, Omit<Line, 'edge' | 'counted'>>()
  for (const { metric, value } of samples) {
    if (metric.transport !== 'tcp') continue
    const edge = `${metric.client_service} > ${metric.server_service}`
    const line = lines.get(edge) ?? {
      connections: 0,
      failures: 0,
      client_to_server_bytes: 0,
      server_to_client_bytes: 0,
    }
    lines.set(edge, line)
    if (metric.__name__ === 'headwater_edge_connections_total') line.connections += value
    else if (metric.__name__ === 'headwater_edge_failures_total') line.failures += value
    else line[`${metric.direction}_bytes` as 'client_to_server_bytes'] += value
  }
  return lines
}

/** What was counted between two readings. */
export function countedLines(before: readonly Sample[], after: readonly Sample[]): Line[] {
  const was = linesOf(before)
  return [...linesOf(after)]
    .map(([edge, now]) => {
      const old = was.get(edge)
      const since = (of: keyof typeof now) => now[of] - (old?.[of] ?? 0)
      return {
        ...{ edge, counted: true, connections: since('connections'), failures: since('failures') },
        client_to_server_bytes: since('client_to_server_bytes'),
        server_to_client_bytes: since('server_to_client_bytes'),
      }
    })
    .sort((a, b) => (a.edge < b.edge ? -1 : 1))
}
