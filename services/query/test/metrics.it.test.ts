import { leftOutRow, limitRows, nodeRow } from '@headwater/store'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { QueryServer, QueryServerOptions } from '../src/index.js'
import { attempt, call, every, listening, place } from './faults.js'
import { insertRows } from './rows.js'
import { get, testServer } from './server.js'

const web = place('web', 1)
const cart = place('a"b\\c\nd<b>', 2)
const payments = place('payments', 3)
const HOSTILE = 'a\\"b\\\\c\\nd<b>'

let store: TestStore
let server: QueryServer

async function begin(options: Partial<QueryServerOptions> = {}): Promise<void> {
  server = testServer(store.query, options)
  await server.start()
}
const scrape = async () => (await get<string>(server, '/metrics', {}, null)).body
/** Lines of a metric, without its name. */
const lines = (text: string, name: string): string[] =>
  text.split('\n').flatMap((line) => (line.startsWith(name) && !line.startsWith('#') ? [line.slice(name.length)] : []))

beforeAll(async () => {
  store = await startTestStore()
  const now = Date.now()
  const rows = [
    ...every(500, now - 60_000, now, (time) => call({ client: web, server: cart, time })),
    ...every(1000, now - 60_000, now, (time) => attempt(web, payments, time, 'refused')),
  ]
  await insertRows(store.ingest, rows)
  const live = listening(cart, now - 1000, 0, 0)
  const silent = { ...listening(web, now - 120_000, 0, 0), listeners: [] }
  const stopped = { ...listening(payments, now - 90_000, 0, 0), stopping: true, listeners: [] }
  await store.ingest.insertRows('nodes', [live, silent, stopped].map(nodeRow))
  const ports = { kind: 'ports', netns: 1, address: '10.0.0.1', max: 1000 }
  const limits = [
    { ...ports, used: 900 },
    { ...ports, address: '10.0.0.2', used: 400 },
  ]
  await store.ingest.insertRows('limits', limitRows({ ...live, limits }))
  const { instance, cluster, node } = live
  const left = { instance, cluster, node, time: now - 30_000, topic: 'flows', sequence: 0, batches: 1 } as const
  await store.ingest.insertRows('left_out', [
    leftOutRow({ ...left, kind: 'dead', reason: 'not-arrow', rows: 4 }),
    leftOutRow({ ...left, kind: 'duplicate', reason: '', rows: 7 }),
  ])
})
afterAll(() => store?.stop())
afterEach(() => server?.stop())

describe('gauges of the fleet', () => {
  test('tell health, nodes and completeness, whatever a service is called', async () => {
    await begin()
    const text = await scrape()
    const health = lines(text, 'headwater_service_health')
    expect(health).toContain('{cluster="east",namespace="",service="payments",state="unhealthy"} 1')
    expect(health).toContain('{cluster="east",namespace="",service="payments",state="healthy"} 0')
    expect(health).toContain(`{cluster="east",namespace="",service="${HOSTILE}",state="healthy"} 1`)
    const edges = lines(text, 'headwater_edge_health')
    expect(edges).toHaveLength(2)
    expect(edges.join('\n')).toMatch(
      /client_service="web",server_service="payments",transport="tcp",counted="true",state="unhealthy",cause="refused",at_fault="server"\} 1/,
    )
    expect(lines(text, 'headwater_node_up').sort()).toEqual([
      '{cluster="east",node="node-1"} 0',
      '{cluster="east",node="node-2"} 1',
    ])
    expect(lines(text, 'headwater_node_agent_cpu_seconds_total').sort()).toEqual([
      '{cluster="east",node="node-1"} 0.75',
      '{cluster="east",node="node-2"} 0.75',
    ])
    expect(lines(text, 'headwater_node_agent_resident_bytes')).toContain('{cluster="east",node="node-2"} 1000')
    expect(lines(text, 'headwater_node_limit_used_ratio')).toEqual(['{cluster="east",node="node-2",kind="ports"} 0.9'])
    const rows = lines(text, 'headwater_node_rows')
    expect(rows).toContain('{cluster="east",node="node-2",topic="flows",outcome="dead",reason="not-arrow"} 4')
    expect(rows).toContain('{cluster="east",node="node-2",topic="flows",outcome="duplicate",reason=""} 7')
    expect(rows).toContain('{cluster="east",node="node-2",topic="dns",outcome="produced",reason=""} 0')
    expect(lines(text, 'headwater_coverage_ratio')).toHaveLength(1)
    expect(lines(text, 'headwater_query_store_up')).toEqual([' 1'])
    expect(lines(text, 'headwater_query_evaluation_up').every((line) => line.endsWith(' 1'))).toBe(true)
  })

  test('keep to their number, the worst first', async () => {
    await begin({ maxSeries: 8 })
    const text = await scrape()
    const health = lines(text, 'headwater_service_health')
    expect(health.filter((line) => line.endsWith(' 1'))).toEqual([
      '{cluster="other",namespace="other",service="other",state="unhealthy"} 1',
    ])
    expect(lines(text, 'headwater_metrics_folded_series')).toContain('{of="service_health"} 12')
    expect(lines(text, 'headwater_node_rows').length).toBeLessThanOrEqual(8)
  })

  test('cost the store one evaluation, however many scrape', async () => {
    await begin()
    await Promise.all(Array.from({ length: 20 }, scrape))
    const asked = lines(await scrape(), 'headwater_query_store_query_seconds_count')
    expect(asked).toContain('{query="edges"} 1')
    expect(asked).toContain('{query="cost"} 1')
  })

  test('are each in the text once, with those of other parts', async () => {
    const part =
      '# HELP headwater_metrics_folded_series x\n# TYPE headwater_metrics_folded_series gauge\nheadwater_metrics_folded_series{of="edges"} 7\n'
    await begin({ metrics: [async () => part] })
    const text = await scrape()
    const heads = text.split('\n').filter((line) => line.startsWith('# TYPE'))
    expect(new Set(heads).size).toBe(heads.length)
    expect(lines(text, 'headwater_metrics_folded_series')).toContain('{of="edges"} 7')
  })

  test('are missing while the store is away, which is told in time, and the rest is there', async () => {
    const away = await startTestStore()
    server = testServer(away.query, { metrics: [async () => 'part_up 1'] })
    await server.start()
    expect(lines(await scrape(), 'headwater_query_store_up')).toEqual([' 1'])
    await away.stop()
    const began = performance.now()
    const text = await scrape()
    expect(performance.now() - began).toBeLessThan(6_000)
    expect(lines(text, 'headwater_query_store_up')).toEqual([' 0'])
    // The five parts are kept for some seconds, or fail now.
    expect(lines(text, 'headwater_query_evaluation_up')).toHaveLength(5)
    expect(lines(text, 'part_up')).toEqual([' 1'])
    expect(lines(text, 'headwater_query_http_requests_total').length).toBeGreaterThan(0)
  })
})
