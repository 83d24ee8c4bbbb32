import { type EdgesAnswer, edgesSchema, type MapAnswer, mapSchema } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { QueryServer } from '../src/index.js'
import { call, every, place } from './faults.js'
import { insertRows, type Row } from './rows.js'
import { get, testServer } from './server.js'

const MINUTE = 60_000
const to = Math.floor(Date.now() / MINUTE) * MINUTE - 2 * MINUTE
const web = place('web', 1)
const payments = place('payments', 2, { cluster: 'west' })

/** The client sees the server; the server sees the gateway, of which the table of address ranges gives the name. */
const translated = (row: Row): Row =>
  row.side === 'client'
    ? { ...row, nat_gateway: 'nat-east' }
    : {
        ...row,
        counted: 0,
        remote_ip: '203.0.113.1',
        remote_service: 'nat-east',
        remote_process: '',
        remote_node: '',
        remote_cluster: '',
        remote_class: 'nat',
      }
const calls = every(1_000, to - 90 * MINUTE, to, (time) =>
  call({ client: web, server: payments, time }).map(translated),
)

let store: TestStore
let server: QueryServer

beforeAll(async () => {
  store = await startTestStore()
  server = testServer(store.query)
  await server.start()
  for (const rows of Map.groupBy(calls, (row) => Math.floor(Number(row.time) / (6 * 60 * MINUTE))).values())
    await insertRows(store.ingest, rows)
})
afterAll(async () => {
  await server?.stop()
  await store?.stop()
})

describe.each([
  ['raw rows', 10],
  ['the rollup', 80],
])('across NAT the two ends stay two edges, and one of them is counted: from %s', (_, minutes) => {
  const range = { from: to - minutes * MINUTE, to }
  const count = minutes * 60

  test('on the map', async () => {
    const { body } = await get<MapAnswer>(server, '/api/v1/map', range)
    const { nodes, edges } = mapSchema.parse(body)
    const label = new Map(nodes.map((n) => [n.id, n.label]))
    const sums = edges.map((e) => [
      label.get(e.source),
      label.get(e.target),
      e.counted,
      e.connects,
      e.client_to_server_bytes,
    ])
    expect(sums.sort()).toEqual([
      ['nat-east', 'payments', false, count, count * 500],
      ['web', 'payments', true, count, count * 500],
    ])
    const node = (name: string) => nodes.find((n) => n.label === name)
    expect(node('payments')).toMatchObject({ accepts: count, rx_bytes: count * 500 })
    expect(node('nat-east')).toMatchObject({ connects: 0, tx_bytes: 0, observed: false, class: 'nat' })
    expect(node('web')).toMatchObject({ connects: count, tx_bytes: count * 500 })
  })

  test('in the list', async () => {
    const { body } = await get<EdgesAnswer>(server, '/api/v1/edges', range)
    const { edges, total } = edgesSchema.parse(body)
    expect(total).toBe(2)
    expect(edges.map((e) => [e.labels.client_service, e.counted]).sort()).toEqual([
      ['nat-east', false],
      ['web', true],
    ])
  })

  test('the sum of the counted ones is the truth', async () => {
    const { body } = await get<EdgesAnswer>(server, '/api/v1/edges', { ...range, group_by: 'cluster' })
    const counted = edgesSchema.parse(body).edges.filter((e) => e.counted)
    expect(counted.reduce((sum, e) => sum + e.connects, 0)).toBe(count)
  })
})

test('edges that no counted row speaks for stay out where no NAT stands between', async () => {
  const [, own] = call({ client: place('batch', 7), server: place('store', 8), time: to - 5_000 })
  await insertRows(store.ingest, [own as Row])
  const { body } = await get<EdgesAnswer>(server, '/api/v1/edges', {
    from: to - MINUTE,
    to,
    filter: '{service="store"}',
  })
  expect(body.edges).toEqual([])
})
