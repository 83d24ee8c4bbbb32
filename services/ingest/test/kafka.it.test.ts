import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createKafkaConsumer, createKafkaProducer, ensureTopics } from '@headwater/bus'
import { startTestKafka, type TestKafka } from '@headwater/bus/testing'
import { type BusMessage, type BusProducer, encodeDnsBatch, encodeFlowBatch, topics } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createIngest, type Ingest, ingestTopics } from '../src/index.js'
import { buildDnsBatch, buildFlowBatch, SyntheticFleet } from '../src/testing/index.js'
import {
  AwayLetters,
  expectTruth,
  one,
  publishUntilTaken,
  refusingOlder,
  silentLogger,
  stored,
  until,
} from './support.js'

let kafka: TestKafka
let server: TestStore
let producer: BusProducer
const logger = silentLogger
const replicas: { stop(): Promise<void> }[] = []
const children: ChildProcess[] = []
const group = 'ingest'

beforeAll(async () => {
  ;[kafka, server] = await Promise.all([startTestKafka(), startTestStore()])
  await ensureTopics({ brokers: kafka.brokers, logger, topics: [...ingestTopics.topics] })
})
afterAll(async () => {
  await server?.stop()
  await kafka?.stop()
})

beforeEach(async () => {
  for (const table of ['flows', 'edges_1m', 'batches', 'nodes', 'listeners', 'endpoints', 'dead_letters', 'left_out'])
    await server.admin.command(`TRUNCATE TABLE headwater.${table}`)
  producer = createKafkaProducer({ brokers: kafka.brokers, logger })
  await producer.start()
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const replica of replicas.splice(0)) await replica.stop()
  await producer.stop()
})

/** A replica in this process. */
async function replica(name: string, letters?: BusProducer): Promise<Ingest> {
  const connection = { brokers: kafka.brokers, logger }
  const consumer = createKafkaConsumer({
    ...connection,
    ...ingestTopics,
    group,
    concurrency: 2,
    sessionTimeoutMs: 6000,
  })
  const made = createIngest({
    consumer,
    deadLetters: letters ?? createKafkaProducer(connection),
    store: server.ingest,
    replica: name,
    logger,
  })
  replicas.push(made)
  await made.start()
  return made
}

/** A replica in a process of its own, which can be killed. Wants the built packages. */
function childReplica(name: string): ChildProcess {
  const program = fileURLToPath(new URL('replica.mjs', import.meta.url))
  const settings = { brokers: kafka.brokers, group: group, replica: name, connection: server.store.connection }
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'inherit', 'inherit'] })
  child.stdin?.end(JSON.stringify(settings))
  children.push(child)
  return child
}

/** Batches in the order of their agents, some at a time as agents send them. */
async function send(messages: readonly BusMessage[], per = 20): Promise<void> {
  for (let from = 0; from < messages.length; from += per)
    await publishUntilTaken(producer, messages.slice(from, from + per))
}

/**
 * The endpoints of a fleet, and then its flows: what is on two topics may overtake, and a server's row that comes before anything is
 * known of its client's agent counts.
 */
async function sendKnown(fleet: SyntheticFleet, per?: number): Promise<void> {
  const [endpoints, flows] = [topics.endpoints, topics.flows].map((t) => fleet.messages.filter((m) => m.topic === t))
  await send(endpoints ?? [], per)
  const sql = `SELECT count() AS n FROM endpoints FINAL WHERE cluster = '${fleet.cluster}'`
  await until('endpoints known', () =>
    one(server.query, sql).then(
      ({ n }) => n === endpoints?.length,
      () => false,
    ),
  )
  await send(flows ?? [], per)
}

/** Rows are seen in `flows` a moment before they are in what is derived from them. */
const allStored = (fleet: SyntheticFleet) => {
  const ours = `WHERE cluster = '${fleet.cluster}'`
  const sql = `SELECT least((SELECT count() FROM flows ${ours}), (SELECT sum(rows) FROM edges_1m ${ours}),
    (SELECT sum(rows) FROM batches ${ours})) AS n`
  const complete = () =>
    one(server.query, sql).then(
      ({ n }) => Number(n) >= fleet.truth.rows,
      () => false,
    )
  return until('all rows stored', complete, 60_000)
}

describe('ingest on real Kafka, into the real store', () => {
  it('is exact with two replicas, one of which stops and one of which is killed', { timeout: 120_000 }, async () => {
    const fleet = new SyntheticFleet({ cluster: 'replicas', seed: 21, nodes: 12, batches: 14, connections: 20 })
    const state = fleet.messages.filter((m) => m.topic === topics.endpoints)
    const flows = fleet.messages.filter((m) => m.topic === topics.flows)
    await send(state)
    const first = await replica('first')
    const second = childReplica('second')
    const reach = (part: number) =>
      until(`${part} stored`, () => stored(server.query, fleet.cluster).then((n) => n >= part * fleet.truth.rows))
    await send(flows.slice(0, 56))
    await reach(0.2)
    const killed = childReplica('third')
    await send(flows.slice(56, 112))
    await reach(0.4)
    const ended = once(killed, 'exit')
    killed.kill('SIGKILL')
    await ended
    await first.stop()
    await send(flows.slice(112))
    await allStored(fleet)
    await expectTruth(server.query, fleet)
    expect(await one(server.query, 'SELECT count() AS n FROM endpoints FINAL')).toEqual({ n: 12 * 6 })
    const left = once(second, 'exit')
    second.kill('SIGTERM')
    expect(await left).toEqual([0, null])
  })

  it('puts a broken message in the table while its topic is not there, then on the topic, and goes on', async () => {
    const fleet = new SyntheticFleet({ cluster: 'broken', seed: 22, nodes: 2, batches: 1 })
    const broken: BusMessage = { topic: topics.flows, key: `broken`, value: new Uint8Array([1, 2, 3]) }
    await replica('only')
    await send([{ ...broken, key: 'early' }])
    const inTable = 'SELECT count() AS n, any(key) AS key FROM dead_letters'
    await until('in the table', async () => (await one(server.query, inTable)).n === 1)
    await ensureTopics({ brokers: kafka.brokers, logger })
    const seen: { headers: Record<string, string>; value: Uint8Array }[] = []
    const reader = createKafkaConsumer({
      brokers: kafka.brokers,
      group: `dead`,
      topics: [topics.deadLetters],
      logger,
    })
    replicas.push(reader)
    await reader.start(async (messages) => {
      seen.push(...messages)
    })
    await send([broken, ...fleet.messages])
    await allStored(fleet)
    await until('put aside', () => seen.length > 0)
    expect(seen[0]?.headers).toMatchObject({ 'headwater-topic': topics.flows, 'headwater-reason': expect.any(String) })
    expect([...(seen[0]?.value ?? [])]).toEqual([1, 2, 3])
    expect(seen).toHaveLength(1)
    expect(await one(server.query, inTable)).toEqual({ n: 1, key: 'early' })
  })

  it('has a row in the store or in a letter, also where it comes due between a chunk and its letters', {
    timeout: 60_000,
  }, async () => {
    const letters = new AwayLetters(Date.now() + 6000)
    await replica('due', letters)
    const ends = { local: '10.0.0.1', local_port: 40_000, remote: '8.8.8.8', remote_port: 443 }
    const times = [Date.now() - 1000, letters.until - 1000 + 600_000]
    const spec = { instance: 'due', sequence: 1, node: 'n1', cluster: 'due' }
    const value = encodeFlowBatch(
      buildFlowBatch(
        spec,
        times.map((time) => ({ ...ends, time })),
      ),
    )
    await send([{ topic: topics.flows, key: 'due', value }])
    await until('the sound row', () => stored(server.query, 'due').then((n) => n > 0))
    await until('both', async () => (await stored(server.query, 'due')) + letters.rows >= 2, 30_000)
    // Whoever replays them must not find two that differ.
    expect({ stored: await stored(server.query, 'due'), put_aside: letters.rows }).toEqual({ stored: 1, put_aside: 1 })
    // Told before each attempt at the letters, and counted once.
    const left = 'SELECT count() AS n, sum(rows) AS rows, sum(batches) AS batches FROM left_out'
    expect(await one(server.query, left)).toEqual({ n: 1, rows: 1, batches: 0 })
  })

  it('stores once what the store refuses at first and takes later, with what it took at once', {
    timeout: 60_000,
  }, async () => {
    const letters = new AwayLetters(Date.now() + 600_000)
    const ends = { local: '10.0.0.1', local_port: 40_000, remote: '8.8.8.8', remote_port: 443 }
    const now = Date.now()
    const yesterday = now - 86_400_000
    const message = (sequence: number, times: number[]): BusMessage => {
      const spec = { instance: 'later', sequence, node: 'n1', cluster: 'later' }
      const value = encodeFlowBatch(
        buildFlowBatch(
          spec,
          times.map((time) => ({ ...ends, time })),
        ),
      )
      return { topic: topics.flows, key: 'later', value }
    }
    const all = [
      message(1, [now - 1000, yesterday]),
      message(2, [now - 900, yesterday - 1000]),
      message(3, [now - 800]),
    ]
    await publishUntilTaken(producer, all)
    await refusingOlder(server.admin, 'flows', yesterday - 500, async () => {
      await replica('later', letters)
      await until('the sound rows', () => stored(server.query, 'later').then((n) => n >= 4))
      // Their letter is not taken: all of it comes again.
      await until('again', () => letters.refused >= 2)
      expect(await stored(server.query, 'later')).toBe(4)
    })
    await until('the last', () => stored(server.query, 'later').then((n) => n >= 5))
    await wait(2000)
    expect({ stored: await stored(server.query, 'later'), put_aside: letters.rows }).toEqual({
      stored: 5,
      put_aside: 0,
    })
  })

  it('stores a batch once that is on the bus twice, also where another replica has stored it', async () => {
    const fleet = new SyntheticFleet({ cluster: 'twice', seed: 25, nodes: 3, batches: 4, connections: 10 })
    const flows = fleet.messages.filter((m) => m.topic === topics.flows)
    const first = await replica('first')
    await sendKnown(fleet)
    await send(flows.slice(0, 4))
    await allStored(fleet)
    await first.stop()
    const second = await replica('second')
    await send([...flows, ...flows.slice(2, 5)])
    const dropped = async () => {
      const lines = (await second.metrics()).split('\n')
      const line = lines.find((l) => /^headwater_ingest_messages_dropped_total\{.*reason="duplicate"/.test(l))
      return Number(line?.split(' ').at(-1) ?? 0)
    }
    await until('all copies left out', async () => (await dropped()) >= flows.length + 3)
    await expectTruth(server.query, fleet)
  })

  it('stores questions to name servers of many batches with one insert, each batch once', async () => {
    const at = Date.now() - 1000
    const message = (agent: number, sequence: number): BusMessage => {
      const spec = { cluster: 'asking', realm: 'asking', node: `n${agent}`, instance: `asks-${agent}`, sequence }
      const answers = Array.from({ length: sequence % 3 }, (_, i) => `192.0.2.${i}`)
      const asked = { ...{ time: at, count: 1, answers }, query_name: `${agent}-${sequence}.test` }
      const value = encodeDnsBatch(buildDnsBatch(spec, [asked, { ...asked, count: 2 }]))
      return { topic: topics.dns, key: spec.instance, value }
    }
    const agents = [1, 2, 3, 4]
    const messages = agents.flatMap((agent) => Array.from({ length: 20 }, (_, i) => message(agent, i + 1)))
    await publishUntilTaken(producer, [...messages, ...messages.slice(3, 9), message(1, 1)])
    const made = await replica('asking')
    const sql = `SELECT count() AS n, sum(count) AS asked, sum(length(answers)) AS answers, uniqExact(query_name) AS names
      FROM dns WHERE cluster = 'asking'`
    const rows = async () => Number((await one(server.query, sql)).n)
    await until('all stored', async () => (await rows()) >= 160)
    // Those that come later are known, also to another replica.
    await made.stop()
    const next = await replica('asking too')
    await publishUntilTaken(producer, [...messages.slice(0, 30), message(4, 21)])
    await until('the last', async () => (await rows()) >= 162)
    const answers = 4 * 2 * (7 * 1 + 7 * 2)
    expect(await one(server.query, sql)).toEqual({ n: 162, asked: 243, answers, names: 81 })
    const batches = "SELECT count() AS n, sum(rows) AS rows FROM dns_batches WHERE cluster = 'asking'"
    await until('all listed', async () => Number((await one(server.query, batches)).rows) >= 162)
    expect(await one(server.query, batches)).toEqual({ n: 81, rows: 162 })
    const inserts = "SELECT uniqExact(token) AS n FROM dns_batches WHERE cluster = 'asking'"
    expect(Number((await one(server.query, inserts)).n)).toBeLessThan(20)
    await next.stop()
  })

  it('is exact through kill -9 of the broker and of the store', { timeout: 120_000 }, async () => {
    const fleet = new SyntheticFleet({ cluster: 'kills', seed: 23, nodes: 6, batches: 16, connections: 10 })
    await replica('only')
    const sent = sendKnown(fleet, 8)
    const part = (of: number) =>
      until(`${of}`, () =>
        stored(server.query, fleet.cluster).then(
          (n) => n > of * fleet.truth.rows,
          () => false,
        ),
      )
    await part(0.2)
    process.kill(server.store.server?.pid as number, 'SIGKILL')
    await part(0.4)
    await kafka.kill9()
    await kafka.restart()
    await sent
    await allStored(fleet)
    await expectTruth(server.query, fleet)
  })
})

describe('without Kafka', () => {
  it('starts, and takes messages once Kafka is there', { timeout: 90_000 }, async () => {
    await kafka.kill9()
    const made = await replica('early')
    expect(await made.status()).toMatchObject({ running: true })
    await kafka.restart()
    const fleet = new SyntheticFleet({ cluster: 'early', seed: 24, nodes: 2, batches: 2 })
    await sendKnown(fleet)
    await allStored(fleet)
    await expectTruth(server.query, fleet)
  })
})
