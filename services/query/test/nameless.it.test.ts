import type { MapAnswer } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { QueryServer } from '../src/index.js'
import { connectionRows, type Party } from './fleet.js'
import { insertRows, type Row } from './rows.js'
import { cart, curl, outside } from './scenario.js'
import { get, testServer } from './server.js'

const MINUTE = 60_000
const to = Date.now()
const range = { from: to - 15 * MINUTE, to }
const bare: Party = { ...curl, address: '127.0.0.1', service: '127.0.0.1', process: '' }

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
  for (const table of ['flows', 'edges_1m']) await store.admin.command(`TRUNCATE TABLE headwater.${table}`)
})

const map = async (parameters: Record<string, string | number> = range): Promise<MapAnswer> =>
  (await get<MapAnswer>(server, '/api/v1/map', parameters)).body

const silent = (row: Row): Row => ({ ...row, tx_wire_bytes: 0, rx_wire_bytes: 0 })

test('a connection lost with its agent, of which only a keep-alive row is left, is no edge', async () => {
  const walks = [to - 20 * MINUTE, to - 5 * MINUTE]
  const rows = connectionRows({ client: bare, server: bare, port: 80, start: to - 21 * MINUTE, walks })
  await insertRows(store.ingest, rows.map(silent))
  expect(await map()).toMatchObject({ nodes: [], edges: [] })
})

test('one that is open is an edge though nothing moves', async () => {
  const walks = [to - 20 * MINUTE, to - MINUTE]
  const rows = connectionRows({ client: curl, server: cart, port: 80, start: to - 21 * MINUTE, walks })
  await insertRows(store.ingest, rows.map(silent))
  expect((await map()).edges).toMatchObject([{ open: 1, connects: 0 }])
})

test('a bare address is not observed, whoever reported its socket', async () => {
  const start = to - 5 * MINUTE
  await insertRows(
    store.ingest,
    connectionRows({ client: bare, server: cart, port: 80, start, end: start + 10, sent: 1 }),
  )
  const observed = Object.fromEntries((await map()).nodes.map((n) => [n.label, n.observed]))
  expect(observed).toEqual({ '127.0.0.1': false, cart: true })
  const byAddress = await map({ ...range, group_by: 'address' })
  expect(byAddress.nodes.every((n) => n.observed)).toBe(true)
})

const queries = async (name: string): Promise<number> => {
  const { body } = await get<string>(server, '/metrics')
  return Number(new RegExp(`query_seconds_count\\{query="${name}"\\} (\\d+)`).exec(body)?.[1] ?? 0)
}

test('a far end that ingest did not name is named by its own rows, and only looked for where it may have some', async () => {
  const start = to - 5 * MINUTE
  const seen = connectionRows({ client: curl, server: cart, port: 80, start, end: start + 10, sent: 1 })
  const far = connectionRows({ client: curl, server: outside, port: 80, start, end: start + 10, sent: 1 })
  const rows = seen.map((row) => ({ ...row, remote_service: String(row.remote_ip), remote_cluster: '' }))
  await insertRows(store.ingest, far)
  const before = await queries('both-ends')
  expect((await map()).nodes.map((n) => n.label).sort()).toEqual([outside.address, 'curl'])
  expect(await queries('both-ends')).toBe(before + 1)
  await insertRows(
    store.ingest,
    rows.map((row) => ({ ...row, sequence: 2, instance: 'other' })),
  )
  expect((await map()).nodes.map((n) => n.label).sort()).toEqual([outside.address, 'cart', 'curl'])
})

test('across a NAT gateway neither end names the other, though their connection is one', async () => {
  const start = to - 5 * MINUTE
  const both = connectionRows({ client: curl, server: cart, port: 80, start, end: start + 10, sent: 1 })
  const rows = both.map((row) => ({
    ...row,
    remote_process: '',
    remote_node: '',
    remote_cluster: '',
    remote_service: row.side === 'server' ? 'nat-1' : String(row.remote_ip),
    remote_class: row.side === 'server' ? 'nat' : 'private',
  }))
  await insertRows(store.ingest, rows)
  const values = async (label: string) =>
    (await get<{ values: string[] }>(server, '/api/v1/values', { ...range, label })).body.values
  expect(await values('client_service')).toEqual(['curl', 'nat-1'])
  expect(await values('server_service')).toEqual([cart.address, 'cart'])
  expect(await values('client_process')).toEqual(['curl'])
})
