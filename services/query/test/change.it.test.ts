import { type MapAnswer, mapSchema, type Problem } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { QueryServer } from '../src/index.js'
import { attempt, call, every, place } from './faults.js'
import { insertRows, type Row } from './rows.js'
import { get, testServer } from './server.js'

const MINUTE = 60_000
const to = Math.floor(Date.now() / MINUTE) * MINUTE - 30 * MINUTE
const range = { from: to - 5 * MINUTE, to }
/** Twice as long. */
const before = { compare_from: to - 20 * MINUTE, compare_to: to - 10 * MINUTE }

const web = place('web', 1)
const cart = place('cart', 2)
const payments = place('payments', 3)
const search = place('search', 4)
const legacy = place('legacy', 5)
const catalogue = place('catalogue', 6)

let store: TestStore
let server: QueryServer

const calls = (client: typeof web, target: typeof web, ms: number, from: number, until: number): Row[] =>
  every(ms, from, until, (time) => call({ client, server: target, time }))

beforeAll(async () => {
  store = await startTestStore()
  server = testServer(store.query)
  await server.start()
  const [oldFrom, oldTo] = [before.compare_from, before.compare_to]
  await insertRows(store.ingest, [
    // The same rate in both.
    ...calls(web, cart, 1_000, oldFrom, oldTo),
    ...calls(web, cart, 1_000, range.from, to),
    // Four times as many; and attempts that fail.
    ...calls(web, catalogue, 4_000, oldFrom, oldTo),
    ...calls(web, catalogue, 1_000, range.from, to),
    ...calls(cart, payments, 1_000, oldFrom, oldTo),
    ...calls(cart, payments, 1_000, range.from, to),
    ...every(5_000, range.from, to, (time) => attempt(cart, payments, time, 'refused')),
    // New, and gone.
    ...calls(cart, search, 10_000, range.from, to),
    ...calls(cart, legacy, 10_000, oldFrom, oldTo),
  ])
})
afterAll(async () => {
  await server?.stop()
  await store?.stop()
})

const map = async (parameters: Record<string, string | number>): Promise<MapAnswer> => {
  const { status, body } = await get<MapAnswer>(server, '/api/v1/map', { ...range, ...parameters })
  expect(status, JSON.stringify(body)).toBe(200)
  return mapSchema.parse(body)
}

test('edges and nodes of both ranges, with what became of them', async () => {
  const answer = await map(before)
  expect(answer.compared_with).toEqual({ from: before.compare_from, to: before.compare_to })
  const label = new Map(answer.nodes.map((n) => [n.id, n.label]))
  const edges = Object.fromEntries(answer.edges.map((e) => [`${label.get(e.source)} ${label.get(e.target)}`, e]))
  const iso = (ms: number) => new Date(ms).toISOString()
  expect(edges['web cart']?.change).toMatchObject({ kind: 'same', reason: '', before: { connects: 300, failures: 0 } })
  expect(edges['web catalogue']?.change).toMatchObject({ kind: 'changed', reason: 'connections 4x (75 -> 300)' })
  expect(edges['cart payments']?.change).toMatchObject({ kind: 'changed', reason: 'failures 0 -> 60' })
  expect(edges['cart search']?.change).toEqual({
    kind: 'new',
    reason: `new: not seen from ${iso(before.compare_from)} to ${iso(before.compare_to)}`,
    before: null,
  })
  expect(edges['cart legacy']).toMatchObject({
    connects: 0,
    client_to_server_bytes: 0,
    connect_us: null,
    srtt_us_quantiles: null,
    health: { state: 'unknown' },
    change: {
      kind: 'gone',
      reason: `gone: not seen from ${iso(range.from)} to ${iso(range.to)}`,
      before: { connects: 30 },
    },
  })
  expect(Object.fromEntries(answer.nodes.map((n) => [n.label, n.change?.kind]))).toEqual({
    web: 'same',
    cart: 'same',
    catalogue: 'same',
    payments: 'same',
    search: 'new',
    legacy: 'gone',
  })
  expect(answer.nodes.find((n) => n.label === 'legacy')).toMatchObject({ accepts: 0, rx_bytes: 0 })
})

test('without a range to compare with nothing is compared', async () => {
  const answer = await map({})
  expect(answer.compared_with).toBeNull()
  expect(answer.edges.every((e) => e.change === null) && answer.nodes.every((n) => n.change === null)).toBe(true)
})

test.each([
  [{ compare_from: 1 }, 'compare_to'],
  [{ compare_to: 1 }, 'compare_from'],
  [{ compare_from: 5, compare_to: 5 }, 'compare_from'],
  [{ compare_from: 'soon', compare_to: 5 }, 'compare_from'],
  [{ compare_from: 5, compare_to: 'later' }, 'compare_to'],
])('%j is refused and names %s', async (parameters: Record<string, string | number>, parameter) => {
  const { status, body } = await get<Problem>(server, '/api/v1/map', { ...range, ...parameters })
  expect(status).toBe(400)
  expect(body.parameter).toBe(parameter)
  expect(body.detail).toContain(parameter)
})
