import { type EdgesAnswer, edgesSchema, type SeriesAnswer, seriesSchema } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { QueryServer } from '../src/index.js'
import { insertRows, type Row } from './rows.js'
import { get, testServer } from './server.js'

const MINUTE = 60_000
const to = Math.floor(Date.now() / MINUTE) * MINUTE - 10 * MINUTE
const from = to - 10 * MINUTE

let store: TestStore
let server: QueryServer

/** What a name server's one socket tells of a peer that nobody observes: a row a minute until its end, if it has one. */
function conversation(peer: number, minutes: number, ended: boolean): Row[] {
  return Array.from({ length: minutes }, (_, n) => ({
    time: from + (n + 1) * MINUTE - 1000,
    start: from + 1000,
    cluster: 'c',
    node: 'n',
    realm: 'c',
    instance: 'i',
    sequence: 1,
    cookie: 7,
    connection_id: 100 + peer,
    side: 'server',
    counted: 1,
    open: ended && n === minutes - 1 ? 0 : 1,
    transport: 'udp',
    local_ip: '10.0.0.1',
    local_port: 53,
    remote_ip: `10.0.1.${peer}`,
    remote_port: 40_000,
    local_service: 'names',
    remote_service: `client-${peer}`,
    tx_bytes: 1,
  }))
}

beforeAll(async () => {
  store = await startTestStore()
  server = testServer(store.query)
  await server.start()
  await insertRows(store.ingest, [
    ...conversation(1, 10, false),
    ...conversation(2, 10, false),
    ...conversation(3, 4, true),
    // Over before a walk met it.
    ...conversation(4, 1, true),
  ])
})
afterAll(async () => {
  await server?.stop()
  await store?.stop()
})

test('conversations that share a socket are open one by one, until the end of each', async () => {
  const { body } = await get<EdgesAnswer>(server, '/api/v1/edges', { from, to })
  const edges = edgesSchema.parse(body).edges.map(({ labels, open }) => [labels.client_service, open])
  expect(edges.sort()).toEqual([
    ['client-1', 1],
    ['client-2', 1],
    ['client-3', 0],
    ['client-4', 0],
  ])
  const { body: answer } = await get<SeriesAnswer>(server, '/api/v1/series', { from, to, step: '1m' })
  expect(seriesSchema.parse(answer).series.open).toEqual([3, 3, 3, 2, 2, 2, 2, 2, 2, 2])
})
