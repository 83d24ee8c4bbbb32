import {
  type CompletenessAnswer,
  completenessAnswerSchema,
  FIRST_REPLAYED_SEQUENCE,
  type NodeReportInput,
  type NodesAnswer,
  nodesSchema,
} from '@headwater/contracts'
import { limitRows, listenerRows, lossesRow, nodeRow } from '@headwater/store'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { QueryServer } from '../src/index.js'
import { insertRows } from './rows.js'
import { get, testServer } from './server.js'

const MINUTE = 60_000
const INTERVAL = 10_000
const now = Date.now()

let store: TestStore
let server: QueryServer

beforeAll(async () => {
  store = await startTestStore()
  server = testServer(store.query)
  await server.start()
})
afterAll(async () => {
  await server?.stop()
  await store?.stop()
})
afterEach(async () => {
  for (const table of ['nodes', 'batches', 'dns_batches', 'losses', 'listeners', 'flows', 'edges_1m'])
    await store.admin.command(`TRUNCATE TABLE headwater.${table}`)
})

const report = (
  node: string,
  time: number,
  rows: number,
  batches: number,
  more: Partial<NodeReportInput> = {},
): NodeReportInput => ({
  instance: `${node}-1`,
  cluster: 'c',
  node,
  realm: 'c',
  zone: 'z',
  region: 'r',
  time,
  started: now - 60 * MINUTE,
  stopping: false,
  interval_ms: INTERVAL,
  version: '0.1.0',
  kernel: '6.18',
  arch: 'x64',
  profile: 'standard',
  produced: { rows, batches },
  dropped: {},
  kernel_records: {},
  cost: { cpu_user_us: 1_500_000, cpu_system_us: 500_000, rss_bytes: 1000 },
  capabilities: [],
  listeners: [],
  ...more,
})
const heard = (...reports: NodeReportInput[]) => store.ingest.insertRows('nodes', reports.map(nodeRow))
/** One batch of so many rows. */
const batch = (node: string, sequence: number, rows: number, time: number) =>
  insertRows(
    store.ingest,
    Array.from({ length: rows }, (_, i) => ({
      time,
      start: time,
      cluster: 'c',
      node,
      instance: `${node}-1`,
      sequence,
      cookie: i + 1,
      side: 'client',
      counted: 1,
    })),
  )
const every = (from: number, to: number, make: (time: number) => NodeReportInput) =>
  heard(...Array.from({ length: Math.floor((to - from) / INTERVAL) + 1 }, (_, i) => make(from + i * INTERVAL)))

async function completeness(from: number, to: number) {
  const { status, body } = await get<CompletenessAnswer>(server, '/api/v1/completeness', { from, to })
  expect(status, JSON.stringify(body)).toBe(200)
  return completenessAnswerSchema.parse(body).completeness
}

test('nothing expected: null, not 1', async () => {
  expect(await completeness(now - MINUTE, now)).toMatchObject({ delivered: null, coverage: null, nodes_expected: 0 })
})

test('all delivered and heard is exactly 1', async () => {
  const from = now - 10 * MINUTE
  await every(from, now - INTERVAL, (t) => report('n1', t, 30, 3))
  for (const sequence of [1, 2, 3]) await batch('n1', sequence, 10, from - 1_000)
  expect(await completeness(from - MINUTE, now)).toMatchObject({
    delivered: 1,
    coverage: 1,
    rows_produced: 30,
    rows_stored: 30,
    nodes_expected: 1,
    nodes_heard: 1,
    nodes_silent: [],
  })
})

test('a lost batch shows in delivered, with the reason the agent gives', async () => {
  await heard(
    report('n1', now - 5 * MINUTE, 10, 1, { dropped: { 'queue-full': 2 } }),
    report('n1', now - 2 * MINUTE, 40, 4, { dropped: { 'queue-full': 12 } }),
  )
  await batch('n1', 1, 10, now - 6 * MINUTE)
  await batch('n1', 2, 10, now - 4 * MINUTE)
  await batch('n1', 4, 10, now - 3 * MINUTE)
  expect(await completeness(now - 4 * MINUTE, now)).toMatchObject({
    delivered: 20 / 30,
    rows_produced: 30,
    rows_stored: 20,
    rows_dropped: { 'queue-full': 10 },
  })
  expect((await completeness(now - 10 * MINUTE, now)).delivered).toBe(30 / 40)
  expect((await completeness(now - 10 * MINUTE, now - 4 * MINUTE)).delivered).toBe(1)
})

test('rows that were put aside and replayed are stored, where their time is, and never make up for others', async () => {
  await heard(report('n1', now - 5 * MINUTE, 10, 1), report('n1', now - 2 * MINUTE, 40, 4))
  for (const sequence of [1, 2, 3]) await batch('n1', sequence, 10, now - 4 * MINUTE)
  expect((await completeness(now - 10 * MINUTE, now)).delivered).toBe(30 / 40)
  await batch('n1', FIRST_REPLAYED_SEQUENCE + 12_345, 4, now - 3 * MINUTE)
  expect(await completeness(now - 10 * MINUTE, now)).toMatchObject({ delivered: 34 / 40, rows_stored: 34 })
  await batch('n1', FIRST_REPLAYED_SEQUENCE + 1, 30, now - 3 * MINUTE)
  expect((await completeness(now - 10 * MINUTE, now)).delivered).toBe(1)
  // Of another range.
  expect((await completeness(now - 10 * MINUTE, now - 4 * MINUTE)).delivered).toBe(1)
  const { body } = await get<NodesAnswer>(server, '/api/v1/nodes', {})
  expect(nodesSchema.parse(body).nodes[0]?.rows_stored).toBe(64)
})

test('batches stored ahead of the report that tells of them are no surplus, and those of a fresh report no loss', async () => {
  await heard(report('n1', now - MINUTE, 10, 1), report('n1', Date.now() - 1_000, 500, 50))
  await batch('n1', 1, 10, now - MINUTE)
  await batch('n1', 2, 10, now - 1_000)
  expect(await completeness(now - 10 * MINUTE, Date.now())).toMatchObject({
    delivered: 1,
    rows_produced: 10,
    rows_stored: 10,
  })
})

/** Rows of `dns_batches` for batches of 10 rows. */
const dnsBatches = (node: string, sequences: number[], time: number) =>
  store.ingest.insertRows(
    'dns_batches',
    sequences.map((sequence) => ({
      ...{ instance: `${node}-1`, sequence, cluster: 'c', node, rows: 10, token: `${sequence}` },
      min_time: new Date(time).toISOString(),
      max_time: new Date(time).toISOString(),
    })),
  )

test('questions to name servers have figures of their own, and change none of those of flows', async () => {
  const dns = (rows: number, batches: number, dropped = {}) => ({ dns: { produced: { rows, batches }, dropped } })
  await heard(
    report('n1', now - 5 * MINUTE, 10, 1, dns(10, 1)),
    report('n1', now - 2 * MINUTE, 20, 2, dns(50, 5, { 'pending-full': 3 })),
    report('older', now - 2 * MINUTE, 0, 0),
  )
  await batch('n1', 1, 10, now - 6 * MINUTE)
  await batch('n1', 2, 10, now - 3 * MINUTE)
  await dnsBatches('n1', [1, 2, 4, 5], now - 3 * MINUTE)
  const answer = await completeness(now - 4 * MINUTE, now)
  expect([answer.rows_dropped, answer.losses]).toEqual([{}, {}])
  expect(answer).toMatchObject({
    ...{ delivered: 1, rows_produced: 10, rows_stored: 10 },
    dns: { delivered: 30 / 40, rows_produced: 40, rows_stored: 30, rows_dropped: { 'pending-full': 3 } },
  })
  const { body } = await get<NodesAnswer>(server, '/api/v1/nodes')
  expect(nodesSchema.parse(body).nodes).toMatchObject([
    {
      node: 'n1',
      rows_stored: 20,
      dns_rows_produced: 50,
      dns_rows_stored: 40,
      dns_rows_dropped: { 'pending-full': 3 },
    },
    { node: 'older', dns_rows_produced: 0, dns_rows_stored: 0 },
  ])
  expect(body.nodes.map(({ rows_dropped, losses }) => [rows_dropped, losses])).toEqual([
    [{}, {}],
    [{}, {}],
  ])
  expect(body.nodes[1]?.dns_rows_dropped).toEqual({})
})

test('losses come with reports and with batches: whichever says more holds, and neither counts twice', async () => {
  const meta = {
    ...{ schema_version: 1, instance: 'n1-1', cluster: 'c', node: 'n1', realm: 'c', zone: '', region: '' },
    ...{ agent_version: '', produced: { rows: 1, batches: 1 } },
  }
  await heard(
    report('n1', now - 5 * MINUTE, 10, 1, { dropped: { 'ring-full': 1 }, losses: { slots_taken: 2 } }),
    report('n1', now - 3 * MINUTE, 20, 2, { dropped: { 'ring-full': 4 }, losses: { slots_taken: 5 } }),
  )
  // The same as the last report says; then reports are lost.
  const told = { dropped: { 'ring-full': 4 }, losses: { slots_taken: 5 } }
  const later = { dropped: { 'ring-full': 6 }, losses: { slots_taken: 5, conversations_full: 7 } }
  await store.ingest.insertRows('losses', [
    lossesRow('flows', { ...meta, ...told, sequence: 2 }, now - 3 * MINUTE),
    lossesRow('dns', { ...meta, ...later, dropped: { replaced: 1 }, sequence: 1 }, now - MINUTE),
    lossesRow('flows', { ...meta, ...later, sequence: 3 }, now - MINUTE),
  ])
  expect(await completeness(now - 4 * MINUTE, now)).toMatchObject({
    rows_dropped: { 'ring-full': 5 },
    dns: { rows_dropped: { replaced: 1 } },
    losses: { slots_taken: 3, conversations_full: 7 },
  })
  expect(await completeness(now - 4 * MINUTE, now - 2 * MINUTE)).toMatchObject({
    rows_dropped: { 'ring-full': 3 },
    losses: { slots_taken: 3 },
  })
  const { body } = await get<NodesAnswer>(server, '/api/v1/nodes')
  expect(nodesSchema.parse(body).nodes).toMatchObject([
    {
      rows_dropped: { 'ring-full': 6 },
      dns_rows_dropped: { replaced: 1 },
      losses: { slots_taken: 5, conversations_full: 7 },
    },
  ])
})

test('what one agent has too many makes up for nothing of another', async () => {
  await heard(report('n1', now - MINUTE, 10, 1), report('n2', now - MINUTE, 10, 1))
  await batch('n1', 1, 20, now - 2 * MINUTE)
  expect((await completeness(now - 10 * MINUTE, now)).delivered).toBe(0.5)
})

test('a dead node lowers coverage and is named; a stopped one is not expected', async () => {
  const from = now - 20 * MINUTE
  await every(from, now - 1_000, (t) => report('alive', t, 0, 0))
  await every(from, from + 5 * MINUTE, (t) => report('dead', t, 0, 0))
  await every(from, from + 5 * MINUTE, (t) => report('stopped', t, 0, 0, { stopping: t === from + 5 * MINUTE }))
  const answer = await completeness(from, now)
  const [whole, lease] = [20 * MINUTE, INTERVAL + 30_000]
  const expected = whole + whole + 5 * MINUTE
  expect(answer.coverage).toBeCloseTo((whole + 5 * MINUTE + lease + 5 * MINUTE) / expected, 6)
  expect(answer).toMatchObject({ nodes_expected: 3, nodes_heard: 3, nodes_silent: ['c/dead'] })
  expect(await completeness(from, from + 5 * MINUTE)).toMatchObject({ coverage: 1, nodes_silent: [] })
  expect(await completeness(now - 10 * MINUTE, now)).toMatchObject({ nodes_expected: 2, nodes_heard: 1, coverage: 0.5 })
})

test('a restart is a new instance of the same node: a hole only where nobody reported', async () => {
  const from = now - 10 * MINUTE
  await every(from, from + MINUTE, (t) => report('n1', t, 0, 0))
  await every(from + 5 * MINUTE, now, (t) => report('n1', t, 0, 0, { instance: 'n1-2', started: from + 5 * MINUTE }))
  const hole = 4 * MINUTE - INTERVAL - 30_000
  expect((await completeness(from, now)).coverage).toBeCloseTo(1 - hole / (10 * MINUTE), 6)
})

test('two instances of one node that overlap are one node, whose time is expected and heard once', async () => {
  const from = now - 10 * MINUTE
  const second = { instance: 'n1-2', started: from + 4 * MINUTE }
  await every(from, from + 5 * MINUTE, (t) => report('n1', t, 0, 0, { stopping: t === from + 5 * MINUTE }))
  await every(from + 4 * MINUTE + 5_000, now, (t) => report('n1', t, 0, 0, second))
  expect(await completeness(from, now)).toMatchObject({
    coverage: 1,
    nodes_expected: 1,
    nodes_heard: 1,
    nodes_silent: [],
  })
  await every(from, now - 5 * MINUTE, (t) => report('n2', t, 0, 0))
  await every(from + MINUTE, from + 3 * MINUTE, (t) => report('n2', t, 0, 0, { instance: 'n2-2' }))
  const answer = await completeness(from, now)
  const heard = 10 * MINUTE + 5 * MINUTE + INTERVAL + 30_000
  expect(answer.coverage).toBeCloseTo(heard / (20 * MINUTE), 2)
  expect(answer.nodes_silent).toEqual(['c/n2'])
})

test('every answer that holds figures of a range tells its completeness', async () => {
  await every(now - 10 * MINUTE, now, (t) => report('n1', t, 0, 0))
  for (const path of ['map', 'services', 'edges', 'series', 'flows', 'nodes', 'completeness']) {
    const { status, body } = await get<CompletenessAnswer>(server, `/api/v1/${path}`, {
      from: now - 5 * MINUTE,
      to: now,
    })
    expect(status, path).toBe(200)
    expect(body.completeness, path).toMatchObject({ coverage: 1, nodes_expected: 1, nodes_silent: [] })
  }
})

test('time to come is not expected', async () => {
  await every(now - 10 * MINUTE, now, (t) => report('n1', t, 0, 0))
  expect(await completeness(now - 10 * MINUTE, now + 60 * MINUTE)).toMatchObject({ coverage: 1, nodes_silent: [] })
  expect((await completeness(now + 30 * MINUTE, now + 60 * MINUTE)).coverage).toBeNull()
})

test('nodes: state, cost, capabilities and listeners of the newest instance', async () => {
  const capabilities = [
    { name: 'iter/tcp', ok: false, required: true, reason: 'no BTF', lost: 'all', fix: 'a kernel with BTF' },
  ]
  const listeners = [
    {
      cookie: '18446744073709551615',
      netns: 1,
      address: '127.0.0.1',
      port: 80,
      pid: 7,
      process: 'nginx',
      backlog: 1,
      backlog_max: 128,
      handshakes: 2,
      drops: 3,
      overflows: 1,
    },
  ]
  const cost = {
    ...{ cpu_user_us: 1_500_000, cpu_system_us: 500_000, rss_bytes: 1000 },
    ...{ kernel_bytes: 22_000_000, ring_bytes: 4096, ring_peak_bytes: 1024 },
    programs: [{ name: 'iter_tcp', runs: 4, run_ns: 5000 }],
  }
  const budget = { cpu_budget: 0.03, cpu_used: 0.021, walk_interval_ms: 30_000, given_up: ['UDP and DNS'] }
  const limits = [
    { kind: 'ports', netns: 7, address: '10.0.0.1', used: 28_000, max: 28_232 },
    { kind: 'conntrack', netns: 1, address: '', used: 9, max: 10_000 },
  ]
  const live = report('live', now - 5_000, 10, 1, {
    instance: 'live-2',
    started: now - MINUTE,
    dropped: { full: 4 },
    excluded: { rows: 6, bytes: 700 },
    cost,
    budget,
    limits,
    capabilities,
    listeners,
  })
  await heard(
    report('live', now - 20_000, 99, 9),
    live,
    report('silent', now - 5 * MINUTE, 0, 0),
    report('stopped', now - MINUTE, 0, 0, { stopping: true }),
    report('gone', now - 120 * MINUTE, 0, 0, { stopping: true }),
  )
  await store.ingest.insertRows('listeners', listenerRows(live))
  await store.ingest.insertRows('limits', limitRows(live))
  const { status, body } = await get<NodesAnswer>(server, '/api/v1/nodes')
  expect(status, JSON.stringify(body)).toBe(200)
  const { nodes } = nodesSchema.parse(body)
  expect(nodes.map((n) => [n.node, n.state])).toEqual([
    ['live', 'live'],
    ['silent', 'silent'],
    ['stopped', 'stopped'],
  ])
  expect(nodes[0]).toMatchObject({
    cluster: 'c',
    zone: 'z',
    instance: 'live-2',
    last_heard: now - 5_000,
    started: now - MINUTE,
    rows_produced: 10,
    rows_stored: 0,
    rows_dropped: { full: 4 },
    rows_excluded: 6,
    bytes_excluded: 700,
    cpu_seconds: 2,
    cpu_system_seconds: 0.5,
    rss_bytes: 1000,
    kernel_bytes: 22_000_000,
    ring_bytes: 4096,
    ring_peak_bytes: 1024,
    programs: [{ name: 'iter_tcp', runs: 4, run_ns: 5000 }],
    ...budget,
    limits,
    capabilities,
    listeners,
  })
  const told = (code: string) => nodes[0]?.notices.find((n) => n.code === code)?.problem
  expect(told('budget')).toContain('budget of 3 % of a core and does without: UDP and DNS')
  expect(told('limit')).toContain(
    'c/live has 28000 of 28232 (99 %) ports that the kernel chooses from, at 10.0.0.1 in use',
  )
  expect(nodes[0]?.notices.filter((n) => n.code === 'limit')).toHaveLength(1)
})
