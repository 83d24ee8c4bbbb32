import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createLocalConsumer, createLocalProducer } from '@headwater/bus'
import { type BusProducer, encodeDnsBatch, encodeFlowBatch, topics } from '@headwater/contracts'
import { connectStore, EmbeddedServer, migrate, type StoreClient } from '@headwater/store'
import { brittleLauncher } from '@headwater/store/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { createIngest, type Ingest } from '../src/index.js'
import { buildDnsBatch, buildFlowBatch, SyntheticFleet } from '../src/testing/index.js'
import { expectTruth, one, publishUntilTaken, silentLogger, stored, until } from './support.js'

/** An embedded server plays the outside one: without our launcher's care of its files, and known by its URL only. */
let folder: string
let server: EmbeddedServer
let store: StoreClient
let killAt: (n: number) => Promise<void>
let producer: BusProducer
let ingest: Ingest
const logger = silentLogger

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-outside-'))
  await mkdir(join(folder, 'brittle'))
  const brittle = await brittleLauncher(join(folder, 'brittle'), { outside: true })
  killAt = brittle.killAt
  server = new EmbeddedServer({ dataDir: join(folder, 'data'), logger, launcher: brittle.launcher })
  await server.start()
  const { url, access } = server.connection
  const admin = connectStore({ url, ...access.admin }, { role: 'admin', logger })
  await migrate({ client: admin, logger })
  await admin.close()
  store = connectStore({ url, ...access.ingest }, { role: 'ingest', logger })
})
afterAll(async () => {
  await store?.close()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function startIngest(): Promise<void> {
  const consumer = createLocalConsumer({ socketPath: join(folder, 'bus.sock'), logger })
  // The store is killed at the n-th part of a block's tables: none of another comes in between.
  ingest = createIngest({ consumer, store, replica: 'r1', logger, patienceMs: 2000, lagEveryMs: 3_600_000 })
  await ingest.start()
}
beforeEach(async () => {
  producer = createLocalProducer({ socketPath: join(folder, 'bus.sock'), logger })
  await producer.start()
  await startIngest()
})
afterEach(async () => {
  await producer.stop()
  await ingest.stop()
})

const restarted = (since: number) => until('the server is back', () => server.restartCount > since)

it('loses and doubles nothing when an outside store is killed at any of its tables', { timeout: 120_000 }, async () => {
  const fleet = new SyntheticFleet({ cluster: 'outside', seed: 31, nodes: 2, batches: 6, connections: 5 })
  const flows = fleet.messages.filter((m) => m.topic === topics.flows)
  await publishUntilTaken(
    producer,
    fleet.messages.filter((m) => m.topic !== topics.flows),
  )
  expect(flows.length).toBeGreaterThanOrEqual(6)
  // One insert puts a part in place in each of five tables; the batch after it follows once all is well.
  for (const [i, message] of flows.entries()) {
    const { restartCount } = server
    if (i < 5) await killAt(i + 1)
    await publishUntilTaken(producer, [message])
    if (i < 5) expect(server.restartCount).toBeGreaterThan(restartCount)
  }
  await expectTruth(store, fleet)
  const told = (await ingest.metrics()).split('\n').filter((line) => line.startsWith('headwater_ingest_blocks_'))
  expect(told.filter((line) => line.includes('unclear'))).toEqual([])
  const filled = told.map((line) => Number(/^headwater_ingest_blocks_filled_in_total\{.*\} (\d+)$/.exec(line)?.[1]))
  // The second to the fifth kill left 4 to 1 tables without the block, and edges_1h is filled with edges_1m where both lack it.
  const sum = filled.reduce((total, n) => total + n, 0)
  expect(sum).toBeGreaterThanOrEqual(6)
  expect(sum).toBeLessThanOrEqual(10)
})

it('the same of questions to name servers', { timeout: 120_000 }, async () => {
  const asked = (sequence: number) => ({
    time: Date.now() - 1000,
    transport: 'udp',
    query_name: `q${sequence}.test`,
    count: 1,
  })
  // An insert puts a part in place in each of two tables.
  for (const [i, at] of [1, 2, undefined].entries()) {
    const { restartCount } = server
    if (at !== undefined) await killAt(at)
    const spec = { instance: 'asks', sequence: i + 1, node: 'n1', cluster: 'asks' }
    const value = encodeDnsBatch(buildDnsBatch(spec, [asked(i + 1)]))
    await publishUntilTaken(producer, [{ topic: topics.dns, key: 'asks', value }])
    if (at !== undefined) expect(server.restartCount).toBeGreaterThan(restartCount)
  }
  for (const table of ['dns', 'dns_batches'])
    expect(
      await one(store, `SELECT count() AS n, uniqExact(sequence) AS batches FROM ${table} WHERE cluster = 'asks'`),
    ).toEqual({ n: 3, batches: 3 })
  expect(await ingest.metrics()).toContain(
    'headwater_ingest_blocks_filled_in_total{table="dns_batches",replica="r1"} 1',
  )
})

it('loses nothing when ingest ends as well before it could try again', { timeout: 60_000 }, async () => {
  const row = { time: Date.now() - 1000, local: '10.0.0.1', local_port: 40_000, remote: '8.8.8.8', remote_port: 443 }
  const value = encodeFlowBatch(
    buildFlowBatch({ instance: 'both', sequence: 1, node: 'n1', cluster: 'both' }, [
      { ...row, process: 'curl', tx_bytes: 10 },
    ]),
  )
  const { restartCount } = server
  await killAt(2)
  const sent = publishUntilTaken(producer, [{ topic: topics.flows, key: 'both', value }])
  await restarted(restartCount).catch(() => undefined)
  await ingest.stop()
  await wait(100)
  await startIngest()
  await sent
  expect(await stored(store, 'both')).toBe(1)
  for (const table of ['edges_1m', 'edges_1h', 'batches'])
    expect(await one(store, `SELECT sum(rows) AS n FROM ${table} WHERE cluster = 'both'`)).toEqual({ n: 1 })
})
