import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { createKafkaConsumer, createKafkaProducer, ensureTopics } from '@headwater/bus'
import { silentLogger as logger, startTestKafka, type TestKafka, untilLed } from '@headwater/bus/testing'
import { type BusMessage, type BusProducer, decodeFlowBatch, encodeFlowBatch, topics } from '@headwater/contracts'
import { memoryKib } from '@headwater/contracts/testing'
import { numbersFrom } from '@headwater/ingest/testing'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fleetEnv } from '../support/fleet-env.js'
import { eventually, lastWords, skip, temporaryFolder } from '../support/headwater.js'
import { hasJava } from '../support/java.js'
import { type Replica, startReplica } from '../support/replica.js'
import { mutants, soundBatch } from './mutants.js'

/** `npm run fuzz` tries 30 times as many. */
const FACTOR = Number(process.env.HEADWATER_FUZZ_FACTOR ?? 1)
const COUNT = Math.round(3_400 * FACTOR)
const SEED = Number(process.env.HEADWATER_FUZZ_SEED ?? randomInt(2 ** 31))
const PER_SEND = 100
/** Says which mutant a message is, also on its way to the dead letters. */
const NUMBER = 'fuzz-number'
const reason = hasJava() ? undefined : 'Kafka needs Java 17 and Maven'

/** What ingest must make of a message: as it reads it, `rows` of a batch of this name, or a dead letter. */
function readingOf(value: Uint8Array): { name: string; rows: number } | undefined {
  try {
    const { meta, rows } = decodeFlowBatch(value)
    return { name: `${meta.instance}:${meta.sequence}`, rows }
  } catch {
    return undefined
  }
}

describe.skipIf(skip('poison', reason))(`${COUNT} mutated messages among sound ones`, () => {
  const folder = temporaryFolder()
  let kafka: TestKafka
  let store: TestStore
  let replica: Replica
  let producer: BusProducer

  beforeAll(async () => {
    ;[kafka, store] = await Promise.all([startTestKafka(), startTestStore()])
    await ensureTopics({ brokers: kafka.brokers, logger })
    // Each message is counted.
    await untilLed(kafka.brokers, Object.values(topics))
    replica = await startReplica('poisoned', fleetEnv(kafka.brokers, store, join(folder.path, 'data')))
    producer = createKafkaProducer({ brokers: kafka.brokers, logger })
    await producer.start()
  })
  afterAll(async () => {
    await producer?.stop()
    await replica?.stop()
    await store?.stop()
    await kafka?.stop()
    folder.remove()
  })

  const flowsOf = (value: Uint8Array, number: number): BusMessage => {
    return { topic: topics.flows, key: `key-${number % 40}`, value, headers: { [NUMBER]: String(number) } }
  }
  const count = async (name: RegExp, labels: Record<string, string> = {}) =>
    (await replica.samples(name))
      .filter(({ metric }) => Object.entries(labels).every(([key, value]) => metric[key] === value))
      .reduce((sum, { value }) => sum + value, 0)
  const rowsOf = async (cluster: string): Promise<number> => {
    const { columns } = await store.query.query<{ n: number[] }>(
      'SELECT toUInt32(count()) AS n FROM flows WHERE cluster = {cluster:String}',
      { cluster },
    )
    return columns.n[0] as number
  }

  it('each is stored or in dead letters, and what is sound goes on', {
    timeout: 120_000 + 60_000 * FACTOR,
  }, async () => {
    console.log(`HEADWATER_FUZZ_SEED=${SEED}`)
    const broken = new Set<string>()
    const sound: { name: string; rows: number }[] = []
    let waiting: BusMessage[] = []
    let number = 0
    for (const value of mutants(SEED, COUNT)) {
      const reading = readingOf(value)
      if (reading === undefined) broken.add(String(number))
      else sound.push(reading)
      waiting.push(flowsOf(value, number++))
      if (waiting.length < PER_SEND && number < COUNT) continue
      await producer.publish(waiting)
      waiting = []
    }
    expect(broken.size).toBeGreaterThan(COUNT / 2)
    // One in each partition, after all that.
    const next = numbersFrom(1)
    const last = Array.from({ length: 40 }, (_, i) => {
      const batch = soundBatch(`sound-${i}`, 1, next)
      return { ...batch, meta: { ...batch.meta, cluster: 'sound' } }
    })
    await producer.publish(last.map((batch, i) => flowsOf(encodeFlowBatch(batch), COUNT + i)))
    const rows = last.reduce((sum, batch) => sum + batch.rows, 0)
    const within = 60_000 + 60_000 * FACTOR
    await eventually(
      'sound rows stored',
      async () => ((await rowsOf('sound')) === rows ? true : undefined),
      within,
    ).catch((cause) => {
      throw new Error(lastWords([replica]), { cause })
    })
    // Letters follow their chunk's rows.
    const all = COUNT + last.length
    const done = async () => (await count(/^headwater_ingest_messages_in_total$/, { topic: topics.flows })) === all
    await eventually('all messages done', async () => (await done()) || undefined)
    expect(replica.child.exitCode).toBeNull()

    const dead = await deadLetters()
    const unread = dead.filter(({ reason }) => reason !== 'from-the-future' && reason !== 'too-old')
    const refused = unread.filter(({ reason }) => reason === 'refused-by-store')
    const found = new Set(unread.filter((letter) => !refused.includes(letter)).map(({ number }) => number))
    expect([...broken].filter((n) => !found.has(n))).toEqual([])
    expect([...found].filter((n) => !broken.has(n))).toEqual([])

    // As many are told of by the accounts.
    const { columns: left } = await store.query.query<{ n: number[] }>(
      "SELECT toUInt32(count()) AS n FROM left_out WHERE kind = 'dead' AND reason NOT IN ('from-the-future', 'too-old')",
    )
    expect(left.n[0]).toBe(unread.length)

    // Every row of a message that could be read is in the store, or counted as dropped with its reason.
    const read = sound.reduce((sum, { rows }) => sum + rows, 0) + rows
    const stored = await count(/^headwater_ingest_rows_out_total$/, { table: 'flows' })
    const dropped = await count(/^headwater_ingest_rows_dropped_total$/, { table: 'flows' })
    expect(await count(/^headwater_ingest_rows_in_total$/, { table: 'flows' })).toBe(read)
    expect(stored + dropped).toBe(read)
    const { columns } = await store.query.query<{ n: number[] }>('SELECT toUInt32(count()) AS n FROM flows')
    expect(columns.n[0]).toBe(stored)
    const peak = memoryKib(replica.child.pid as number, 'VmHWM') / 1024
    console.log(
      JSON.stringify({ fuzz: COUNT, dead: dead.length, refused: refused.length, stored, dropped, peak_mib: peak }),
    )
    expect(peak).toBeLessThan(1024)
  })

  /** Read until nothing more comes. */
  async function deadLetters(): Promise<{ number: string; reason: string }[]> {
    const read: { number: string; reason: string }[] = []
    const consumer = createKafkaConsumer({
      brokers: kafka.brokers,
      logger,
      group: 'reader',
      topics: [topics.deadLetters],
    })
    await consumer.start(async (messages) => {
      for (const { headers } of messages)
        read.push({ number: headers[NUMBER] as string, reason: headers['headwater-reason'] as string })
    })
    const put = await count(/^headwater_ingest_dead_letters_total$/, { to: 'topic' })
    expect(await count(/^headwater_ingest_dead_letters_total$/)).toBe(put)
    await eventually(
      `${put} dead letters`,
      () => (read.length >= put ? true : undefined),
      60_000 + 10_000 * FACTOR,
    ).finally(() => consumer.stop())
    return read
  }
})
