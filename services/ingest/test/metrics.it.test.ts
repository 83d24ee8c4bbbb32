import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalConsumer, createLocalProducer } from '@headwater/bus'
import { type BusProducer, encodeFlowBatch, topics } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createIngest, type Ingest } from '../src/index.js'
import { buildFlowBatch, SyntheticFleet } from '../src/testing/index.js'
import { expectTruth, silentLogger as logger, publishUntilTaken, stored, until } from './support.js'

let server: TestStore
let folder: string
let producer: BusProducer
let ingest: Ingest

async function begin(replica: string, patienceMs = 1000): Promise<void> {
  const consumer = createLocalConsumer({ socketPath: join(folder, 'bus.sock'), logger })
  ingest = createIngest({ consumer, store: server.ingest, replica, logger, patienceMs })
  await ingest.start()
}

/** Sum of a metric, over the series whose labels hold all of `parts`. */
async function sum(name: string, ...parts: string[]): Promise<number> {
  const lines = (await ingest.metrics()).split('\n')
  const fits = lines.filter((l) => l.startsWith(`${name}{`) && parts.every((part) => l.includes(part)))
  return fits.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}
const counted = async () => ({
  connections: await sum('headwater_edge_connections_total'),
  bytes: await sum('headwater_edge_bytes_total'),
})
const truthOf = ({ truth }: SyntheticFleet) => ({ connections: truth.connects, bytes: truth.counted_bytes })
const none = { connections: 0, bytes: 0 }

beforeAll(async () => {
  server = await startTestStore()
})
afterAll(() => server?.stop())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-ingest-'))
  producer = createLocalProducer({ socketPath: join(folder, 'bus.sock'), logger })
  await producer.start()
  await begin('r1')
})
afterEach(async () => {
  await producer.stop()
  await ingest.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('counters of edges', () => {
  it('are what is stored, also where batches come twice, and to a second replica', async () => {
    const fleet = new SyntheticFleet({ seed: 71, batches: 4, cluster: 'twice' })
    await publishUntilTaken(producer, fleet.messages)
    await publishUntilTaken(producer, fleet.messages)
    await expectTruth(server.query, fleet)
    expect(await counted()).toEqual(truthOf(fleet))
    expect(await sum('headwater_service_connections_total', 'role="server"')).toBe(fleet.truth.connects)
    expect(await sum('headwater_service_bytes_total', 'direction="sent"')).toBe(fleet.truth.counted_bytes)
    await ingest.stop()
    await begin('r2')
    await publishUntilTaken(producer, fleet.messages)
    expect(await counted()).toEqual(none)
    const more = new SyntheticFleet({ seed: 72, batches: 2, cluster: 'more' })
    await publishUntilTaken(producer, more.messages)
    expect(await counted()).toEqual(truthOf(more))
    expect(await sum('headwater_edge_rtt_seconds_count', 'replica="r2"')).toBeGreaterThan(0)
  })

  it('neither lose nor double when the store is killed in the middle', async () => {
    const fleet = new SyntheticFleet({ seed: 73, batches: 10, connections: 20, cluster: 'killed' })
    const sent = publishUntilTaken(producer, fleet.messages)
    await until(
      'a part stored',
      async () => (await stored(server.query, 'killed').catch(() => 0)) > fleet.truth.rows / 4,
    )
    const pid = server.store.server?.pid
    if (pid === undefined) throw new Error('the store does not run')
    process.kill(pid, 'SIGKILL')
    await sent
    await expectTruth(server.query, fleet)
    expect(await counted()).toEqual(truthOf(fleet))
  })

  it('leave out what is put aside', async () => {
    const flow = {
      local: '10.0.0.1',
      local_port: 40_000,
      remote: '10.0.0.2',
      remote_port: 80,
      process: 'curl',
      connects: 1,
    }
    const flows = [
      { ...flow, time: Date.now() - 1000 },
      { ...flow, time: Date.now() + 3_600_000 },
    ]
    const value = encodeFlowBatch(buildFlowBatch({ instance: 'future', sequence: 1, node: 'n' }, flows))
    await publishUntilTaken(producer, [{ topic: topics.flows, key: 'future', value }])
    expect((await counted()).connections).toBe(1)
  })

  it('are in text that has each family once', async () => {
    const heads = (await ingest.metrics()).split('\n').filter((line) => line.startsWith('# TYPE'))
    expect(new Set(heads).size).toBe(heads.length)
    expect(heads).toContain('# TYPE headwater_edge_rtt_seconds histogram')
  })
})
