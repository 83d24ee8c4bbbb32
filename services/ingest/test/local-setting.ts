import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalConsumer, createLocalProducer } from '@headwater/bus'
import {
  type BusMessage,
  type BusProducer,
  encodeFlowBatch,
  type Logger,
  type NodeReportInput,
  topics,
} from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { createIngest, type Ingest, type IngestOptions } from '../src/index.js'
import { buildFlowBatch, type FlowSpec } from '../src/testing/index.js'
import { silentLogger } from './support.js'

export let server: TestStore
let folder: string
export let producer: BusProducer
/** The one of this test, started. */
export let ingest: Ingest
/** What it has warned of. */
export const warnings: string[] = []
const logger: Logger = { ...silentLogger, warn: (message) => warnings.push(message), child: () => logger }

/** Makes the next one, once the one before has stopped; it is not started. */
export function nextIngest(options: Partial<IngestOptions> = {}): void {
  const consumer = createLocalConsumer({ socketPath: join(folder, 'bus.sock'), logger })
  ingest = createIngest({ consumer, store: server.ingest, replica: 'r1', logger, patienceMs: 1000, ...options })
}

/** A store for a file of tests, and for each of them an empty one, an ingest and a producer. */
export function withLocalIngest(): void {
  beforeAll(async () => {
    server = await startTestStore()
  })
  afterAll(() => server?.stop())

  beforeEach(async () => {
    warnings.length = 0
    folder = await mkdtemp(join(tmpdir(), 'headwater-ingest-'))
    for (const table of [
      'flows',
      'edges_1m',
      'edges_1h',
      'zones_1h',
      'batches',
      'nodes',
      'listeners',
      'endpoints',
      'dead_letters',
      'losses',
    ])
      await server.admin.command(`TRUNCATE TABLE headwater.${table}`)
    producer = createLocalProducer({ socketPath: join(folder, 'bus.sock'), logger })
    await producer.start()
    nextIngest()
    await ingest.start()
  })
  afterEach(async () => {
    await producer.stop()
    await ingest.stop()
    await rm(folder, { recursive: true, force: true })
  })
}

/** To the process of the store. */
export function signal(name: NodeJS.Signals): void {
  const pid = server.store.server?.pid
  if (pid === undefined) throw new Error('the store does not run')
  process.kill(pid, name)
}

let instance = 0
export const flow = (over: Partial<FlowSpec> = {}): FlowSpec => ({
  time: Date.now() - 1000,
  local: '10.0.0.1',
  local_port: 40_000,
  remote: '8.8.8.8',
  remote_port: 443,
  process: 'curl',
  tx_bytes: 10,
  ...over,
})
/** Of an instance of its own where none is named. */
export function batch(flows: FlowSpec[], sequence = 1, name = `i${++instance}`): BusMessage {
  const value = encodeFlowBatch(buildFlowBatch({ instance: name, sequence, node: 'n1' }, flows))
  return { topic: topics.flows, key: name, value }
}
export const json = (topic: BusMessage['topic'], value: unknown): BusMessage => ({
  topic,
  key: 'k',
  value: new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)),
})

/** A report of node n9. */
export const reportAt = (time: number): NodeReportInput => ({
  instance: 'i9',
  cluster: 'c',
  node: 'n9',
  realm: 'c',
  zone: 'z',
  region: '',
  time,
  started: time - 1000,
  stopping: false,
  interval_ms: 5000,
  version: '0.1.0',
  kernel: '6.18',
  arch: 'x64',
  profile: 'standard',
  produced: { rows: 7, batches: 2 },
  dropped: { 'queue-full': 3 },
  kernel_records: { close: 5 },
  cost: { cpu_user_us: 1, cpu_system_us: 2, rss_bytes: 3 },
  capabilities: [{ name: 'btf', ok: true, required: true, reason: '', lost: '', fix: '' }],
  listeners: [
    {
      cookie: '7',
      netns: 1,
      address: '127.0.0.1',
      port: 80,
      pid: 4,
      process: 'nginx',
      backlog: 1,
      backlog_max: 128,
      handshakes: 0,
      drops: 2,
      overflows: 1,
    },
  ],
})
