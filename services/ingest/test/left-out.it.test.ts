import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalConsumer, createLocalProducer } from '@headwater/bus'
import {
  type BusMessage,
  type BusProducer,
  batchHeaders,
  encodeDnsBatch,
  encodeFlowBatch,
  topics,
} from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createIngest, type Ingest } from '../src/index.js'
import { buildDnsBatch, buildFlowBatch } from '../src/testing/index.js'
import { silentLogger as logger, publishUntilTaken } from './support.js'

const MINUTE = 60_000
let server: TestStore
let folder: string
let producer: BusProducer
let ingest: Ingest

const socketPath = () => join(folder, 'bus.sock')
async function start(): Promise<void> {
  const consumer = createLocalConsumer({ socketPath: socketPath(), logger })
  ingest = createIngest({ consumer, store: server.ingest, replica: 'r1', logger, patienceMs: 1000 })
  await ingest.start()
}

beforeAll(async () => {
  server = await startTestStore()
  folder = await mkdtemp(join(tmpdir(), 'headwater-left-out-'))
  producer = createLocalProducer({ socketPath: socketPath(), logger })
  await producer.start()
  await start()
})
afterAll(async () => {
  await producer?.stop()
  await ingest?.stop()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => server.admin.command('TRUNCATE TABLE headwater.left_out'))

const now = Date.now()
const ends = { local: '10.0.0.1', local_port: 40_000, remote: '8.8.8.8', remote_port: 443 }
const spec = (instance: string, sequence: number) => ({ instance, sequence, node: 'n1', cluster: 'c' })
function flows(instance: string, sequence: number, times: number[]): BusMessage {
  const rows = times.map((time) => ({ ...ends, time }))
  const value = encodeFlowBatch(buildFlowBatch(spec(instance, sequence), rows))
  return { topic: topics.flows, key: instance, value, headers: batchHeaders(instance, sequence, times.length) }
}
function dns(instance: string, sequence: number, times: number[]): BusMessage {
  const rows = times.map((time) => ({ time, transport: 'udp', query_name: 'x.test', count: 1 }))
  return { topic: topics.dns, key: instance, value: encodeDnsBatch(buildDnsBatch(spec(instance, sequence), rows)) }
}
const cut = (message: BusMessage): BusMessage => ({ ...message, value: message.value.subarray(0, 200) })

/** Rows of `left_out` as text. */
async function left(): Promise<string[]> {
  const { columns } = await server.query.query<{ line: string[] }>(
    `SELECT concatWithSeparator(' ', topic, if(instance = '', '-', instance), toString(sequence), if(node = '', '-', concat(cluster, '/', node)), kind, reason,
       toString(batches), toString(rows), toString(toUnixTimestamp64Milli(time) - {now:Int64})) AS line FROM left_out ORDER BY line`,
    { now },
  )
  return columns.line ?? []
}

it.each([
  { topic: 'flows', of: flows },
  { topic: 'dns', of: dns },
])('tells of each copy of a batch of $topic, whatever came between', async ({ topic, of }) => {
  const batch = of('copies', 1, [now - 3000, now - 1000])
  await publishUntilTaken(producer, [batch, of('copies', 2, [now - 500]), batch])
  await publishUntilTaken(producer, [batch])
  const copy = `${topic} copies 1 c/n1 duplicate  1 2 -1000`
  expect(await left()).toEqual([copy, copy])
  // To a new process it is one that comes again after a kill: no copy of what another message brought.
  await ingest.stop()
  await start()
  await publishUntilTaken(producer, [batch])
  expect(await left()).toEqual([copy, copy])
})

it.each([
  { topic: 'flows', of: flows },
  { topic: 'dns', of: dns },
])('tells of rows of $topic that are put aside once, however often they come', async ({ topic, of }) => {
  const messages = [
    of('aside', 1, [now - 1000, now + 20 * MINUTE, now - 4 * 1440 * MINUTE]),
    of('aside', 2, [now + 20 * MINUTE, now + 20 * MINUTE]),
  ]
  const before = Date.now()
  await publishUntilTaken(producer, messages)
  await ingest.stop()
  await start()
  await publishUntilTaken(producer, messages)
  const lines = await left()
  expect(lines.map((line) => line.replace(/ -?\d+$/, ''))).toEqual([
    `${topic} aside 1 c/n1 dead from-the-future 0 1`,
    `${topic} aside 1 c/n1 dead too-old 0 1`,
    `${topic} aside 2 c/n1 dead from-the-future 1 2`,
  ])
  // Theirs would be found beside nothing, or never go: they stand where the bus had them.
  for (const line of lines) expect(Number(line.split(' ').at(-1))).toBeGreaterThanOrEqual(before - now)
})

it('tells of what is no batch by its headers, else its key, else by nothing', async () => {
  const whole = flows('broken', 7, [now, now, now])
  const { headers: _, ...bare } = cut({ ...whole, key: 'by-key' })
  const messages = [cut(whole), bare, { ...bare, key: 'no instance' }, cut(dns('broken', 1, [now]))]
  await publishUntilTaken(producer, messages)
  await publishUntilTaken(producer, messages)
  const lines = await left()
  expect(lines.map((line) => line.replace(/dead \S+ (.*) -?\d+$/, 'dead $1'))).toEqual([
    'dns broken 0 - dead 1 0',
    'flows - 0 - dead 1 0',
    'flows broken 7 - dead 1 3',
    'flows by-key 0 - dead 1 0',
  ])
})

it('tells of a batch whatever its agent calls itself', async () => {
  const odd = flows('half \ud800 \u0000 "\\', 1, [now - 1000])
  await publishUntilTaken(producer, [odd, odd])
  expect(await left()).toEqual(['flows half \ufffd \u0000 "\\ 1 c/n1 duplicate  1 1 -1000'])
})

it('stores rows though the table of what is left out refuses, and gives them back while it is away', async () => {
  const batch = flows('refused', 1, [now - 1000])
  await publishUntilTaken(producer, [batch])
  await server.admin.command('ALTER TABLE headwater.left_out ADD CONSTRAINT none CHECK rows = 0')
  await publishUntilTaken(producer, [batch])
  await server.admin.command('ALTER TABLE headwater.left_out DROP CONSTRAINT none')
  expect(await left()).toEqual([])
  expect(await ingest.metrics()).toContain(
    'headwater_ingest_rows_dropped_total{table="left_out",reason="refused-by-store",replica="r1"} 1',
  )
  await server.admin.command('RENAME TABLE headwater.left_out TO headwater.left_out_away')
  await expect(producer.publish([batch])).rejects.toMatchObject({ code: 'backpressure' })
  await server.admin.command('RENAME TABLE headwater.left_out_away TO headwater.left_out')
  await publishUntilTaken(producer, [batch])
  expect(await left()).toEqual(['flows refused 1 c/n1 duplicate  1 1 -1000'])
})
