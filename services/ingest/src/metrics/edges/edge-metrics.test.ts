import { decodeFlowBatch, encodeFlowBatch } from '@headwater/contracts'
import { describe, expect, it } from 'vitest'
import { joinIdentity } from '../../flows/join.js'
import { IdentityTables } from '../../identity/tables.js'
import type { IngestOptions } from '../../options.js'
import { buildFlowBatch, type FlowSpec } from '../../testing/index.js'
import { T } from '../../testing/join-bench.js'
import { EDGE_SERIES, EdgeMetrics, SERVICE_SERIES } from './edge-metrics.js'

const metricsOf = (maxSeries?: number) =>
  new EdgeMetrics({ replica: 'r1', ...(maxSeries === undefined ? {} : { maxSeries }) } as IngestOptions)

/** Rows as they are stored, without anyone known but by the rows themselves. */
function block(...flows: FlowSpec[]) {
  const batch = buildFlowBatch({ instance: 'i', sequence: 1, node: 'a' }, flows)
  return joinIdentity(decodeFlowBatch(encodeFlowBatch(batch)), new IdentityTables({}))
}

const flow = (over: Partial<FlowSpec> = {}): FlowSpec => ({
  ...{ time: T, side: 'client', local: '10.0.0.1', local_port: 40_000, remote: '10.0.0.2', remote_port: 80 },
  ...{ process: 'curl', connects: 1, tx_bytes: 100, rx_bytes: 2 ** 33, srtt_us: 700, connect_us: 800 },
  ...over,
})

function count(metrics: EdgeMetrics, flows: FlowSpec[], now = T): void {
  metrics.count(block(...flows), flows.length, now)
}

/** Series by name and labels. */
const series = (text: string): Map<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line): [string, number] => [
        line.slice(0, line.lastIndexOf(' ')),
        Number(line.slice(line.lastIndexOf(' '))),
      ]),
  )
const own = (text: string) => [...series(text).keys()].filter((key) => !key.startsWith('headwater_metrics_'))

const EDGE =
  'client_cluster="test",server_cluster="",client_namespace="",server_namespace="",client_service="curl",server_service="10.0.0.2",transport="tcp",replica="r1"'

describe('metrics of edges', () => {
  it('add up counted rows by edge, and latencies of all', () => {
    const metrics = metricsOf()
    count(metrics, [flow(), flow({ connect_us: 3_000_000 }), flow({ self: true })])
    count(metrics, [
      flow({ connects: 0, failures: 2, failure_reason: 'refused', tx_bytes: 0, rx_bytes: 0, srtt_us: 0 }),
    ])
    const found = series(metrics.text())
    const of = (name: string, more = '') => found.get(`headwater_edge_${name}{${EDGE}${more}}`)
    expect(of('connections_total')).toBe(2)
    expect(of('bytes_total', ',direction="client_to_server"')).toBe(200)
    expect(of('bytes_total', ',direction="server_to_client"')).toBe(2 ** 34)
    expect(of('failures_total', ',reason="refused"')).toBe(2)
    expect(of('rtt_seconds_count')).toBe(2)
    expect(of('rtt_seconds_bucket', ',le="0.0005"')).toBe(0)
    expect(of('rtt_seconds_bucket', ',le="0.001"')).toBe(2)
    expect(of('connect_seconds_bucket', ',le="2.5"')).toBe(1)
    expect(of('connect_seconds_bucket', ',le="+Inf"')).toBe(2)
    expect(of('connect_seconds_sum')).toBeCloseTo(3.0008, 6)
    const curl = 'cluster="test",namespace="",service="curl",replica="r1"'
    expect(found.get(`headwater_service_connections_total{${curl},role="client"}`)).toBe(2)
    expect(found.get(`headwater_service_failures_total{${curl},role="client",reason="refused"}`)).toBe(2)
    expect(found.get(`headwater_service_bytes_total{${curl},direction="received"}`)).toBe(2 ** 34)
  })

  it('turns rows of servers round; what is not counted tells of segments alone', () => {
    const metrics = metricsOf()
    const served = flow({ side: 'server', process: 'nginx', connects: 0, accepts: 1, local_port: 80, retransmits: 3 })
    const joined = block(served)
    joined.counted[0] = 0
    metrics.count(joined, 1, T)
    const text = metrics.text()
    expect(text).toMatch(
      /edge_retransmits_total\{[^}]*client_service="10.0.0.2",server_service="nginx"[^}]*direction="server_to_client"\} 3/,
    )
    expect(text).not.toMatch(/edge_(bytes|connections)_total\{/)
  })

  it('escape whatever a process calls itself', () => {
    const metrics = metricsOf()
    count(metrics, [flow({ process: 'a"b\\c\nd<b>' }), flow({ process: 'x'.repeat(5000) })])
    expect(metrics.text()).toContain('client_service="a\\"b\\\\c\\nd<b>"')
    for (const line of metrics.text().split('\n')) expect(line.length).toBeLessThan(800)
  })

  it('hold no more series than allowed: the rest is counted in "other", and nothing is lost', () => {
    const max = 20 * (EDGE_SERIES + SERVICE_SERIES)
    const metrics = metricsOf(max)
    const flows = Array.from({ length: 500 }, (_, i) =>
      flow({ process: `p${i}`, failures: 1, failure_reason: i % 2 === 0 ? 'refused' : `made up ${i}` }),
    )
    for (let i = 0; i < flows.length; i += 50) count(metrics, flows.slice(i, i + 50))
    const found = series(metrics.text())
    expect(own(metrics.text()).length).toBeLessThanOrEqual(max)
    expect(new Set(own(metrics.text())).size).toBe(own(metrics.text()).length)
    const sum = (name: string) =>
      [...found].filter(([key]) => key.startsWith(`headwater_${name}{`)).reduce((total, [, n]) => total + n, 0)
    expect(sum('edge_connections_total')).toBe(500)
    expect(sum('edge_failures_total')).toBe(500)
    expect(sum('service_failures_total')).toBe(1000)
    expect(sum('metrics_folded_series')).toBeGreaterThan(400 * EDGE_SERIES)
    expect(metrics.text()).toContain('client_service="other"')
  })

  it('give the place of an edge without traffic for an hour to a new one; a service called other is no second series', () => {
    const metrics = metricsOf(3 * (EDGE_SERIES + SERVICE_SERIES) + 40)
    count(metrics, [flow({ process: 'old' }), flow({ process: 'other' })], T)
    count(metrics, [flow({ process: 'new' })], T + 1000)
    expect(metrics.text()).not.toContain(
      'edge_connections_total{client_cluster="test",server_cluster="",client_namespace="",server_namespace="",client_service="new"',
    )
    count(metrics, [flow({ process: 'new' })], T + 3_700_000)
    expect(metrics.text()).toContain('client_service="new"')
    // Reasons of what is gone give their place back, too.
    for (let hour = 2; hour < 80; hour++)
      count(metrics, [flow({ process: `p${hour}`, failures: 1, failure_reason: 'refused' })], T + hour * 3_700_000)
    expect(metrics.text()).toContain('client_service="p79"')
    expect(new Set(own(metrics.text())).size).toBe(own(metrics.text()).length)
  })
})
