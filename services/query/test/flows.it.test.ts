import { type Flow, type FlowsAnswer, flowsSchema } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { QueryServer } from '../src/index.js'
import { connectionRows } from './fleet.js'
import { insertRows, type Row } from './rows.js'
import { cart, curl, database, scenario, web } from './scenario.js'
import { get, testServer } from './server.js'

const to = Date.now()
const from = to - 600_000
const rows: Row[] = scenario(from, to - 10_000, 300, 3).flatMap(connectionRows)
// Many rows of one socket and millisecond: only the last part of the order tells them apart
const crowd: Row[] = Array.from({ length: 40 }, (_, i) => ({
  ...rows[0],
  time: from + 5_000,
  cookie: 999_999,
  tx_packets: 1_000 + i,
  self: 0,
}))

let store: TestStore
let server: QueryServer

beforeAll(async () => {
  store = await startTestStore()
  server = testServer(store.query)
  await server.start()
  await insertRows(store.ingest, [...rows, ...crowd])
})
afterAll(async () => {
  await server?.stop()
  await store?.stop()
})

const page = async (parameters: Record<string, string | number>): Promise<FlowsAnswer> => {
  const { status, body } = await get<FlowsAnswer>(server, '/api/v1/flows', parameters)
  expect(status, JSON.stringify(body)).toBe(200)
  return flowsSchema.parse(body)
}

async function pages(parameters: Record<string, string | number>, between?: () => Promise<void>): Promise<Flow[]> {
  const flows: Flow[] = []
  let cursor: string | null = null
  do {
    const answer: FlowsAnswer = await page({ ...parameters, ...(cursor === null ? {} : { cursor }) })
    flows.push(...answer.flows)
    cursor = answer.cursor
    await between?.()
  } while (cursor !== null)
  return flows
}

const shown = (all: Row[]) => all.filter((r) => !r.self)
const keyOf = (f: Flow) => `${f.time} ${f.cookie} ${f.tx_packets} ${f.side}`
const keyOfRow = (r: Row) => `${r.time} ${r.cookie} ${r.tx_packets} ${r.side}`

test.each([3, 50, 10_000])('pages of %i give every row once, newest first', async (limit) => {
  const flows = await pages({ from: limit === 3 ? from + 4_990 : from, to: limit === 3 ? from + 5_010 : to, limit })
  const expected = shown([...rows, ...crowd]).filter(
    (r) => limit > 3 || (Number(r.time) >= from + 4_990 && Number(r.time) < from + 5_010),
  )
  expect(flows.map(keyOf).sort()).toEqual(expected.map(keyOfRow).sort())
  expect(flows.map((f) => f.time)).toEqual(flows.map((f) => f.time).sort((a, b) => b - a))
})

test('rows that arrive between pages shift none, and the range stays that of the first page', async () => {
  let later = 0
  const flows = await pages({ from: `now-15m`, to: 'now', limit: 100 }, async () => {
    later++
    const [newRow] = connectionRows({
      client: curl,
      server: web,
      port: 443,
      start: Date.now() - 50,
      end: Date.now() - 1,
      sent: later,
    })
    if (newRow !== undefined) await insertRows(store.ingest, [{ ...newRow, node: 'late', instance: `late-${later}` }])
  })
  const old = flows.filter((f) => f.node !== 'late').map(keyOf)
  expect(old.sort()).toEqual(
    shown([...rows, ...crowd])
      .map(keyOfRow)
      .sort(),
  )
  expect(flows.filter((f) => f.node === 'late')).toEqual([])
})

test('a row as it was stored, the far process from the other end', async () => {
  const [client, far] = connectionRows({
    client: cart,
    server: database,
    port: 5432,
    start: to - 5_000,
    end: to - 4_321,
    sent: 12,
    received: 345,
    srttUs: 99,
    resets: 1,
  })
  if (client === undefined || far === undefined) throw new Error('two rows expected')
  await insertRows(store.ingest, [
    { ...client, connection_id: 1234567890123 },
    { ...far, connection_id: 1234567890123 },
  ])
  const { flows } = await page({ from, to, filter: '{client_process="cartd",server_process="postgres"}', limit: 2 })
  const row = flows.find((f) => f.side === 'client')
  expect(row).toMatchObject({
    time: to - 4_321,
    start: to - 5_000,
    cluster: 'east',
    node: 'n2',
    connection_id: '1234567890123',
    cookie: String(client.cookie),
    counted: true,
    partial: false,
    self: false,
    local_ip: '10.0.0.2',
    remote_ip: '10.9.0.1',
    remote_port: 5432,
    process: 'cartd',
    remote_process: 'postgres',
    tx_bytes: 12,
    rx_bytes: 345,
    connects: 1,
    closes: 1,
    srtt_us: 99,
    resets_rx: 1,
  })
  expect(flows.find((f) => f.side === 'server')).toMatchObject({
    counted: false,
    process: 'postgres',
    remote_process: 'cartd',
  })
})

test('addresses: IPv4 dotted, IPv6 as it is', async () => {
  const ips = new Set((await pages({ from, to, limit: 10_000 })).flatMap((f) => [f.local_ip, f.remote_ip]))
  expect([...ips].sort()).toEqual(['10.0.0.1', '10.0.0.2', '10.9.0.1', '198.51.100.7', '93.184.216.34', 'fd00::3'])
})
