import {
  type EdgesAnswer,
  edgesSchema,
  type HealthCause,
  type MapAnswer,
  type MapEdge,
  type MapNode,
  mapSchema,
  type ServicesAnswer,
  servicesSchema,
} from '@headwater/contracts'
import { listenerRows } from '@headwater/store'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { QueryServer } from '../src/index.js'
import { attempt, call, datagrams, every, listening, place } from './faults.js'
import { insertRows, type Row } from './rows.js'
import { get, testServer } from './server.js'

const SECOND = 1_000
const MINUTE = 60_000

const web = place('web', 1)
const checkout = place('checkout', 2)
const payments = place('payments', 3)
const cart = place('cart', 4)
const outside = place('api', 5, { observed: false, ip: '93.184.216.34' })

let store: TestStore
let server: QueryServer

beforeAll(async () => {
  store = await startTestStore()
})
afterAll(async () => store?.stop())
// A server of its own for each test: health now is shared for a while.
beforeEach(async () => {
  server = testServer(store.query)
  await server.start()
})
afterEach(async () => {
  await server.stop()
  for (const table of ['flows', 'edges_1m', 'listeners', 'batches'])
    await store.admin.command(`TRUNCATE TABLE headwater.${table}`)
})

/** Calls that go well until now: web to checkout, checkout to payments and to cart. */
const calm = (from: number, to: number, broken?: typeof web): Row[] =>
  (
    [
      [web, checkout],
      [checkout, payments],
      [checkout, cart],
    ] as const
  )
    .filter(([, s]) => s !== broken)
    .flatMap(([client, s]) => every(500, from, to, (time) => call({ client, server: s, time })))

const map = async (parameters: Record<string, string | number> = {}): Promise<MapAnswer> => {
  const { status, body } = await get<MapAnswer>(server, '/api/v1/map', parameters)
  expect(status, JSON.stringify(body)).toBe(200)
  return mapSchema.parse(body)
}
const node = (answer: MapAnswer, label: string): MapNode => {
  const found = answer.nodes.find((n) => n.label === label)
  expect(found, label).toBeDefined()
  return found as MapNode
}
const edge = (answer: MapAnswer, client: string, target: string): MapEdge => {
  const found = answer.edges.find((e) => e.source === node(answer, client).id && e.target === node(answer, target).id)
  expect(found, `${client} ${target}`).toBeDefined()
  return found as MapEdge
}
const states = (answer: MapAnswer) => Object.fromEntries(answer.nodes.map((n) => [n.label, n.health.state]))
const insert = (rows: readonly Row[]) => insertRows(store.ingest, rows)

test('calm: everything is healthy, and says how much was looked at', async () => {
  const now = Date.now()
  await insert(calm(now - 140 * SECOND, now))
  const answer = await map()
  expect(states(answer)).toEqual({ web: 'healthy', checkout: 'healthy', payments: 'healthy', cart: 'healthy' })
  expect(edge(answer, 'checkout', 'payments').health).toMatchObject({ state: 'healthy', cause: null, at_fault: null })
  expect(edge(answer, 'checkout', 'payments').health.samples).toBeGreaterThan(50)
})

test('too little to judge is unknown', async () => {
  const now = Date.now()
  await insert(every(5 * SECOND, now - 18 * SECOND, now, (time) => call({ client: web, server: checkout, time })))
  expect(states(await map())).toEqual({ web: 'unknown', checkout: 'unknown' })
})

interface Fault {
  name: string
  /** Rows of checkout's calls to payments while it lasts. */
  rows: (from: number, to: number) => Row[]
  cause: HealthCause
  state: 'degraded' | 'unhealthy'
  at_fault: 'client' | 'path' | 'server' | null
  reason: RegExp
  nodes: Record<string, string>
}

const to = { client: checkout, server: payments }
const faults: Fault[] = [
  {
    name: 'refused',
    rows: (from, until) => every(500, from, until, (t) => attempt(checkout, payments, t, 'refused')),
    cause: 'refused',
    state: 'unhealthy',
    at_fault: 'server',
    reason: /^payments refuses connections: \d+ of \d+ attempts from checkout in the last [13]0 s$/,
    nodes: { payments: 'unhealthy', checkout: 'degraded' },
  },
  {
    name: 'dropped: no answer',
    rows: (from, until) => every(500, from, until, (t) => attempt(checkout, payments, t, 'aborted')),
    cause: 'no-answer',
    state: 'unhealthy',
    at_fault: 'path',
    reason: /^payments does not answer checkout: \d+ of \d+ attempts in the last [13]0 s; its listen queue has room/,
    nodes: { payments: 'degraded', checkout: 'degraded' },
  },
  {
    name: 'unreachable',
    rows: (from, until) => every(500, from, until, (t) => attempt(checkout, payments, t, 'unreachable')),
    cause: 'unreachable',
    state: 'unhealthy',
    at_fault: 'path',
    reason: /^payments is unreachable from checkout: \d+ of \d+ attempts/,
    nodes: { payments: 'degraded', checkout: 'degraded' },
  },
  {
    name: "dropped by the firewall of the client's own node",
    rows: (from, until) => every(500, from, until, (t) => attempt(checkout, payments, t, 'netfilter-drop')),
    cause: 'firewall-drop',
    state: 'unhealthy',
    at_fault: 'client',
    reason: /^the firewall of checkout's own node drops its connections to payments: \d+ of \d+ attempts/,
    nodes: { payments: 'healthy', checkout: 'unhealthy' },
  },
  {
    name: 'no local port free',
    rows: (from, until) => every(500, from, until, (t) => attempt(checkout, payments, t, 'no-free-port', 0)),
    cause: 'ports-exhausted',
    state: 'unhealthy',
    at_fault: 'client',
    reason: /^checkout has no local port left for connections to payments: \d+ of \d+ attempts/,
    nodes: { payments: 'healthy', checkout: 'unhealthy' },
  },
  {
    name: 'reset by the server',
    rows: (from, until) => every(500, from, until, (time) => call({ ...to, time, reset: 'server' })),
    cause: 'resets',
    state: 'unhealthy',
    at_fault: 'server',
    reason: /^payments resets connections from checkout: \d+ of \d+ connections that ended/,
    nodes: { payments: 'unhealthy', checkout: 'degraded' },
  },
  {
    name: 'reset by the client',
    rows: (from, until) =>
      every(500, from, until, (time, i) => call({ ...to, time, ...(i % 5 === 0 && { reset: 'client' as const }) })),
    cause: 'resets',
    state: 'degraded',
    at_fault: 'client',
    reason: /^checkout resets connections to payments: \d+ of \d+ connections that ended/,
    nodes: { payments: 'healthy', checkout: 'degraded' },
  },
  {
    name: 'lossy',
    rows: (from, until) => every(500, from, until, (time, i) => call({ ...to, time, retransmits: i % 2 })),
    cause: 'retransmits',
    state: 'degraded',
    at_fault: 'path',
    reason: /^segments between checkout and payments are lost: \d+ of \d+ \(4(\.\d)? %\) sent again/,
    nodes: { payments: 'degraded', checkout: 'degraded' },
  },
  {
    name: 'rate-limited',
    rows: (from, until) =>
      every(500, from, until, (time) => call({ ...to, time, srttUs: 120_000, minRttUs: 60_000, connectUs: 90_000 })),
    cause: 'slow-round-trip',
    state: 'degraded',
    at_fault: 'path',
    reason: /^round trips between checkout and payments take 1[12]\d ms \(p50\), 1\d{3} times the least \(90 us\)/,
    nodes: { payments: 'degraded', checkout: 'degraded' },
  },
  {
    name: 'slow to connect',
    rows: (from, until) =>
      every(500, from, until, (time, i) =>
        call({ ...to, time, connectUs: i % 3 ? 150 : 1_030_000, retransmits: i % 3 ? 0 : 1 }),
      ),
    cause: 'slow-connect',
    state: 'degraded',
    at_fault: 'path',
    reason: /^connecting from checkout to payments takes \d+ ms \(p95 of \d+\)/,
    nodes: { payments: 'degraded', checkout: 'degraded' },
  },
]

test('segments sent again for nothing are not lost', async () => {
  const now = Date.now()
  const each = (server: typeof cart, spurious: number) =>
    every(500, now - 60 * SECOND, now, (time) => call({ client: web, server, time, retransmits: 2, spurious }))
  await insert([...each(cart, 2), ...each(payments, 1)])
  const answer = await map()
  expect(edge(answer, 'web', 'cart').health).toMatchObject({ state: 'healthy' })
  expect(edge(answer, 'web', 'payments').health).toMatchObject({ state: 'degraded', cause: 'retransmits' })
})

test('datagrams that nobody answers speak for no health, those that are answered do', async () => {
  const now = Date.now()
  const each = (answered: boolean, target: typeof web) =>
    every(5 * SECOND, now - 4 * MINUTE, now, (time) => datagrams(web, target, time, answered))
  await insert([...each(false, cart), ...each(true, payments)])
  for (const parameters of [{}, { from: now - 4 * MINUTE, to: now - MINUTE }]) {
    const answer = await map(parameters)
    expect(edge(answer, 'web', 'cart').health).toMatchObject({ state: 'unknown', samples: 0 })
    expect(edge(answer, 'web', 'payments').health).toMatchObject({ state: 'healthy' })
  }
})

describe('a fault shows within 15 s of its start, with its cause, and others stay calm', () => {
  test.each(faults)('$name', async (fault) => {
    const now = Date.now()
    const began = now - 14 * SECOND
    await insert([
      ...calm(now - 140 * SECOND, began),
      ...calm(began, now, payments),
      // A connect that waits for its timeout shows when that is over.
      ...fault.rows(began + (fault.cause === 'no-answer' ? 3 * SECOND : 0), now),
    ])
    const answer = await map()
    const { health } = edge(answer, 'checkout', 'payments')
    expect(health).toMatchObject({ state: fault.state, cause: fault.cause, at_fault: fault.at_fault, edge: null })
    expect(health.reason).toMatch(fault.reason)
    expect(health.since).toBeGreaterThan(began)
    expect(states(answer)).toEqual({ web: 'healthy', cart: 'healthy', ...fault.nodes })
    const deciding = node(answer, 'checkout').health
    expect(deciding.edge).toBe(edge(answer, 'checkout', 'payments').id)
    if (fault.at_fault === 'server')
      expect(deciding.reason).toBe(`its calls to payments are unhealthy: ${health.reason}`)
    const { body } = await get<ServicesAnswer>(server, '/api/v1/services')
    expect(servicesSchema.parse(body).services.find((s) => s.label === 'payments')?.health).toEqual(
      node(answer, 'payments').health,
    )
    const listed = await get<EdgesAnswer>(server, '/api/v1/edges', { filter: '{server_service="payments"}' })
    expect(edgesSchema.parse(listed.body).edges[0]?.health).toEqual(health)
  })

  test.each(faults)('and clears within 60 s of its end: $name', async (fault) => {
    const now = Date.now()
    const ended = now - 58 * SECOND
    await insert([
      ...calm(now - 145 * SECOND, ended, payments),
      ...fault.rows(now - 145 * SECOND, ended),
      ...calm(ended, now),
    ])
    expect(states(await map())).toEqual({ web: 'healthy', checkout: 'healthy', payments: 'healthy', cart: 'healthy' })
  })

  test.each(faults)('in a past range, over the whole of it: $name', async (fault) => {
    const end = Date.now() - 10 * MINUTE
    const from = end - 4 * MINUTE
    await insert([...calm(from, end, payments), ...calm(from - 4 * MINUTE, from), ...fault.rows(from, end)])
    // The least round trip of a past range is what its smoothed ones were: the calm before belongs to the range.
    const start = fault.cause === 'slow-round-trip' ? from - 2 * MINUTE : from
    const answer = await map({ from: start, to: end })
    const { health } = edge(answer, 'checkout', 'payments')
    expect(health).toMatchObject({ state: fault.state, cause: fault.cause, at_fault: fault.at_fault, since: null })
    expect(states(answer)).toEqual({ web: 'healthy', cart: 'healthy', ...fault.nodes })
    const before = await map({ from: from - 4 * MINUTE, to: from })
    expect(new Set(Object.values(states(before)))).toEqual(new Set(['healthy']))
  })
})

test('a full listen queue is the cause of what goes unanswered, and its server is at fault', async () => {
  const now = Date.now()
  const began = now - 20 * SECOND
  await insert([
    ...calm(now - 140 * SECOND, began),
    ...calm(began, now, payments),
    ...every(500, began + SECOND, now, (t) => attempt(checkout, payments, t, 'timeout')),
    ...every(4 * SECOND, began, now, (time) => call({ ...to, time, connectUs: 3_050_000, retransmits: 2 })),
  ])
  const reports = [140, 130, 120, 110, 100, 90, 80, 70, 60, 50, 40, 30, 20].map((s) =>
    listening(payments, now - s * SECOND, 0, 3),
  )
  reports.push(listening(payments, now - 10 * SECOND, 5, 17), listening(payments, now - 2 * SECOND, 5, 40))
  await store.ingest.insertRows('listeners', reports.flatMap(listenerRows))
  const answer = await map()
  const { health } = edge(answer, 'checkout', 'payments')
  expect(health).toMatchObject({ state: 'unhealthy', cause: 'backlog', at_fault: 'server' })
  expect(health.reason).toMatch(
    /^payments accepts too slowly: its listen queue is full and dropped \d+ connection requests in the last [13]0 s; \d+ of \d+ attempts got no answer$/,
  )
  expect(states(answer)).toEqual({ web: 'healthy', cart: 'healthy', payments: 'unhealthy', checkout: 'degraded' })
})

test('with one end seen nobody is at fault, but for what is plain', async () => {
  const now = Date.now()
  await insert([
    ...every(500, now - 60 * SECOND, now, (t) => attempt(web, outside, t, 'timeout')),
    ...every(500, now - 60 * SECOND, now, (t) => attempt(cart, { ...outside, ip: '93.184.216.35' }, t, 'refused')),
  ])
  const answer = await map()
  expect(edge(answer, 'web', '93.184.216.34').health).toMatchObject({ cause: 'no-answer', at_fault: null })
  expect(node(answer, '93.184.216.34').health.state).toBe('unhealthy')
  expect(edge(answer, 'cart', '93.184.216.35').health).toMatchObject({ cause: 'refused', at_fault: 'server' })
})

test('a server whose clients each try too seldom is judged by all of them', async () => {
  const now = Date.now()
  const clients = Array.from({ length: 12 }, (_, i) => place(`job-${i}`, 20 + i))
  await insert(
    clients.flatMap((client, i) =>
      every(9 * SECOND, now - 28 * SECOND + i * 500, now - SECOND, (t) => attempt(client, payments, t, 'refused')),
    ),
  )
  const answer = await map()
  expect(edge(answer, 'job-3', 'payments').health.state).toBe('unknown')
  expect(node(answer, 'payments').health).toMatchObject({ state: 'unhealthy', cause: 'refused', at_fault: 'server' })
  expect(node(answer, 'payments').health.reason).toMatch(
    /^payments refuses connections: \d+ of \d+ attempts from its clients/,
  )
})

test('other groupings have their own health, by their keys', async () => {
  const now = Date.now()
  await insert([
    ...calm(now - 140 * SECOND, now, payments),
    ...every(500, now - 60 * SECOND, now, (t) => attempt(checkout, payments, t, 'refused')),
  ])
  const byNode = await map({ group_by: 'node' })
  expect(edge(byNode, 'node-2', 'node-3').health).toMatchObject({ state: 'unhealthy', cause: 'refused' })
  expect(states(byNode)).toMatchObject({ 'node-1': 'healthy', 'node-3': 'unhealthy' })
})

test('every replica and every restart says the same', async () => {
  const now = Date.now()
  await insert([
    ...calm(now - 140 * SECOND, now, payments),
    ...faults[0]!.rows(now - 60 * SECOND, now - 30 * SECOND),
    ...calm(now - 30 * SECOND, now),
  ])
  const other = testServer(store.query)
  await other.start()
  const [a, b] = await Promise.all([map(), get<MapAnswer>(other, '/api/v1/map')])
  await other.stop()
  expect(a.nodes.map((n) => [n.label, n.health])).toEqual(b.body.nodes.map((n) => [n.label, n.health]))
})
