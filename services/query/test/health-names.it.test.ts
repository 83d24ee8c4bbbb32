import { type DnsAnswer, dnsSchema, type MapAnswer, mapSchema } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { QueryServer } from '../src/index.js'
import { call, every, place } from './faults.js'
import { insertQuestions, type Question, talks } from './names.js'
import { insertRows } from './rows.js'
import { get, testServer } from './server.js'

const SECOND = 1_000

const web = place('web', 1)
const cart = place('cart', 2)

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
  for (const table of ['flows', 'edges_1m', 'dns', 'batches'])
    await store.admin.command(`TRUNCATE TABLE headwater.${table}`)
})

/** Both ask the name server, and web calls cart. */
async function insert(questions: readonly Question[], from: number, to: number): Promise<void> {
  await insertRows(store.ingest, [
    ...talks(web, from, to),
    ...talks(cart, from, to),
    ...every(500, from, to, (time) => call({ client: web, server: cart, time })),
  ])
  await insertQuestions(store.admin, questions)
}
const asks = (client: typeof web, from: number, to: number, more: (i: number) => Partial<Question> = () => ({})) =>
  Array.from({ length: (to - from) / SECOND }, (_, i) => ({ client, time: from + i * SECOND, ...more(i) }))

async function health(parameters: Record<string, string | number> = {}) {
  const { status, body } = await get<MapAnswer>(server, '/api/v1/map', parameters)
  expect(status, JSON.stringify(body)).toBe(200)
  const { nodes, edges } = mapSchema.parse(body)
  const label = (id: string) => nodes.find((n) => n.id === id)?.label
  return new Map([
    ...nodes.map((n) => [n.label, n.health] as const),
    ...edges.map((e) => [`${label(e.source)} > ${label(e.target)}`, e.health] as const),
  ])
}
const states = (all: Awaited<ReturnType<typeof health>>) =>
  Object.fromEntries([...all].map(([name, { state }]) => [name, state]))

const calm = { web: 'healthy', cart: 'healthy', 'web > cart': 'healthy', 'cart > resolver': 'healthy' }

const faults: [string, (i: number) => Partial<Question>, object, RegExp, object][] = [
  [
    'answers with errors',
    (i) => (i % 2 === 0 ? { rcode: 'SERVFAIL' } : {}),
    { state: 'unhealthy', cause: 'dns-failing', at_fault: 'server' },
    /^resolver answers questions of web for names with errors: \d+ of \d+ in the last [13]0 s$/,
    { ...calm, web: 'degraded', resolver: 'unhealthy', 'web > resolver': 'unhealthy' },
  ],
  [
    'no answers, by one whose ends are not both seen',
    () => ({ lost: true }),
    { state: 'unhealthy', cause: 'dns-failing', at_fault: null },
    /^resolver does not answer questions of web for names: \d+ of \d+ in the last [13]0 s$/,
    { ...calm, web: 'degraded', resolver: 'unhealthy', 'web > resolver': 'unhealthy' },
  ],
  [
    'slow answers',
    () => ({ us: 400_000 }),
    { state: 'degraded', cause: 'dns-slow', at_fault: 'server' },
    /^resolver takes 4\d\d ms \(p95 of \d+\) to answer questions of web for names in the last [13]0 s$/,
    { ...calm, resolver: 'degraded', 'web > resolver': 'degraded' },
  ],
]

describe('questions for names', () => {
  test.each(faults)('%s: told on the edge to the name server', async (_, more, verdict, reason, expected) => {
    const now = Date.now()
    const [from, began] = [now - 140 * SECOND, now - 20 * SECOND]
    await insert([...asks(cart, from, now), ...asks(web, from, began), ...asks(web, began, now, more)], from, now)
    const all = await health()
    expect(all.get('web > resolver')).toMatchObject(verdict)
    expect(all.get('web > resolver')?.reason).toMatch(reason)
    expect(states(all)).toEqual(expected)
    const byProcess = await health({ group_by: 'process' })
    expect(byProcess.get('web > resolver')).toMatchObject(verdict)
  })

  test.each(faults)('%s: and in a past range', async (_, more, verdict) => {
    const now = Date.now()
    const [from, to] = [now - 400 * SECOND, now - 300 * SECOND]
    await insert([...asks(cart, from, to), ...asks(web, from, to, more)], from, to)
    const all = await health({ from, to })
    expect(all.get('web > resolver')).toMatchObject({ ...verdict, since: null })
    expect(all.get('cart > resolver')).toMatchObject({ state: 'healthy' })
  })

  test('names that there are not, and some slow ones among many, are no trouble', async () => {
    const now = Date.now()
    const from = now - 140 * SECOND
    const fine = (i: number): Partial<Question> => (i % 40 === 0 ? { us: 900_000 } : { rcode: 'NXDOMAIN' })
    await insert([...asks(cart, from, now), ...asks(web, from, now, fine)], from, now)
    expect(states(await health())).toEqual({ ...calm, resolver: 'healthy', 'web > resolver': 'healthy' })
  })

  test('clears within 60 s', async () => {
    const now = Date.now()
    const [from, ended] = [now - 140 * SECOND, now - 58 * SECOND]
    const failing = asks(web, from, ended, () => ({ rcode: 'SERVFAIL' }))
    await insert([...asks(cart, from, now), ...failing, ...asks(web, ended, now)], from, now)
    expect(states(await health())).toEqual({ ...calm, resolver: 'healthy', 'web > resolver': 'healthy' })
  })
})

test('/api/v1/dns takes the name server by its name, as the map has it', async () => {
  const now = Date.now()
  const from = now - 60 * SECOND
  await insert([...asks(cart, from, now), ...asks(web, from, now)], from, now)
  const questions = async (filter: string) => {
    const { status, body } = await get<DnsAnswer>(server, '/api/v1/dns', { filter, by: 'service' })
    expect(status, JSON.stringify(body)).toBe(200)
    return dnsSchema.parse(body).groups.map((g) => [g.service, g.questions])
  }
  expect(await questions('{server_service="resolver"}')).toHaveLength(2)
  expect(await questions('{service="resolver",cluster=""}')).toHaveLength(2)
  expect(await questions('{server_service="other"}')).toEqual([])
  expect(await questions('{service="web"}')).toEqual([['web', 60]])
  expect(await questions('{client_service="cart",server_service="resolver",transport="udp"}')).toEqual([['cart', 60]])
})
