import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { BusError, type BusMessage, DEFAULT_PARTITIONS, type Topic, topics } from '@headwater/contracts'
import type { Admin } from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { busContract } from '../../test/contract.suite.js'
import { publishUntilTaken, recordingLogger, silentLogger, TestMessages, until } from '../../test/support.js'
import { startTestKafka, type TestKafka } from '../testing/index.js'
import { freePort } from '../testing/kafka/settings.js'
import { connectKafka } from './client.js'
import type { Compression } from './compression.js'
import { createKafkaConsumer, type KafkaConsumerOptions } from './consumer.js'
import { createKafkaProducer, type KafkaProducerOptions } from './producer.js'
import { ensureTopics } from './topics.js'

let kafka: TestKafka
const logger = silentLogger
const numbers = (n: number): string[] => Array.from({ length: n }, (_, i) => String(i))

beforeAll(async () => {
  kafka = await startTestKafka()
  await ensureTopics({ brokers: kafka.brokers, logger })
})
afterAll(() => kafka?.stop())

/** Groups end soon, so that a member that was killed does not hold up a test. */
const consumerOptions = (group: string): KafkaConsumerOptions => ({
  brokers: kafka.brokers,
  group,
  topics: [topics.flows],
  sessionTimeoutMs: 6000,
  logger,
})

busContract('Kafka', async () => {
  const group = randomUUID()
  return {
    producer: () => createKafkaProducer({ brokers: kafka.brokers, logger }),
    consumer: () => createKafkaConsumer(consumerOptions(group)),
    close: async () => undefined,
  }
})

describe('the bus on Kafka', () => {
  const ends: { stop(): Promise<void> }[] = []
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end.stop()
  })
  async function producer(options: Partial<KafkaProducerOptions> = {}) {
    const made = createKafkaProducer({ brokers: kafka.brokers, logger, ...options })
    ends.push(made)
    await made.start()
    return made
  }
  function consumer(options: Partial<KafkaConsumerOptions> & { group: string }) {
    const made = createKafkaConsumer({ ...consumerOptions(options.group), ...options })
    ends.push(made)
    return made
  }
  async function withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = connectKafka({ brokers: kafka.brokers, logger }, 2).admin()
    await admin.connect()
    try {
      return await work(admin)
    } finally {
      await admin.disconnect()
    }
  }
  const deleteTopic = (topic: Topic) =>
    withAdmin(async (admin) => {
      await admin.deleteTopics({ topics: [topic] })
      await until('deleted', async () => !(await admin.listTopics()).includes(topic))
    })
  const spread = (test: TestMessages, from: number, n: number): BusMessage[] =>
    numbers(n).map((i) => test.make(`key ${Number(i) % 30}`, String(from + Number(i))))

  it.each<Compression>(['none', 'gzip', 'zstd'])('reads back what %s compressed', async (compression) => {
    const test = new TestMessages()
    const text = 'the same words again and again, '.repeat(5000)
    await consumer({ group: randomUUID() }).start(test.handler())
    await publishUntilTaken(await producer({ compression }), [test.make('a', text)])
    await until('received', () => test.received.length > 0)
    expect(test.texts()).toEqual([text])
  })

  it('shares the partitions between two consumers of one group, also as they come and go', async () => {
    const test = new TestMessages()
    const group = randomUUID()
    const by: Record<string, Set<number>> = { first: new Set(), second: new Set() }
    const made = (name: string) => {
      const one = consumer({ group })
      const handler = test.handler(async (messages) => {
        for (const message of messages) by[name]?.add(message.partition)
      })
      return { one, started: one.start(handler) }
    }
    const first = made('first')
    const second = made('second')
    const bus = await producer()
    let sent = 0
    await until('both consume', async () => {
      await publishUntilTaken(bus, spread(test, sent, 30))
      sent += 30
      return Object.values(by).every((partitions) => partitions.size > 0)
    })
    await first.one.stop()
    await publishUntilTaken(bus, spread(test, sent, 30))
    sent += 30
    await until('all received', () => test.distinct().length === sent)
    expect(test.distinct().sort()).toEqual(numbers(sent).sort())
    await second.one.stop()
  })

  it('reads broadcast topics whole at every start, before the others', async () => {
    const test = new TestMessages()
    const bus = await producer()
    const state = { ...test.make('state', 's'), topic: topics.endpoints }
    await publishUntilTaken(bus, [state, { ...state, key: `${test.run} other` }, test.make('a', '0')])
    for (const name of ['one replica', 'the other', 'the first again']) {
      const seen = new TestMessages()
      const mine = Object.assign(seen, { run: test.run })
      const one = consumer({ group: name === 'the other' ? randomUUID() : test.run, broadcast: [topics.endpoints] })
      await one.start(mine.handler())
      await until(`${name}: state read`, () => seen.received.filter((m) => m.topic === topics.endpoints).length >= 2)
      if (name !== 'the first again') {
        await until(`${name}: flows read`, () => seen.received.some((m) => m.topic === topics.flows))
        expect(seen.received.slice(0, 2).map((m) => m.topic)).toEqual([topics.endpoints, topics.endpoints])
      }
      await one.stop()
    }
  })

  it('delivers everything through kill -9 of the broker', { timeout: 120_000 }, async () => {
    const test = new TestMessages()
    const log = recordingLogger()
    await consumer({ group: randomUUID(), logger: log }).start(test.handler())
    const bus = await producer({ retries: 2 })
    let sent = 0
    let stop = false
    const sending = (async () => {
      for (; !stop; sent += 10) {
        await publishUntilTaken(bus, spread(test, sent, 10))
        await wait(10)
      }
    })()
    await until('some received', () => test.distinct().length > 100)
    await kafka.kill9()
    await wait(1500)
    await kafka.restart()
    const before = sent
    await until('sending again', () => sent > before + 100, 60_000)
    stop = true
    await sending
    await until('all received', () => test.distinct().length === sent, 60_000)
    expect(test.distinct()).toHaveLength(sent)
  })

  it('keeps its place while the handler fails for longer than the session lasts', { timeout: 60_000 }, async () => {
    const test = new TestMessages()
    const since = Date.now()
    let calls = 0
    await consumer({ group: randomUUID() }).start(
      test.handler(async () => {
        calls++
        if (Date.now() - since < 8000) throw new BusError('unavailable', 'no store', { retryAfterMs: 500 })
      }),
    )
    await publishUntilTaken(await producer(), spread(test, 0, 30))
    await until('all received', () => test.distinct().length === 30)
    expect(calls).toBeGreaterThan(5)
  })

  it('beats while one handler call takes longer than the session lasts', { timeout: 60_000 }, async () => {
    const test = new TestMessages()
    const group = randomUUID()
    await consumer({ group }).start(test.handler(() => wait(8000)))
    await publishUntilTaken(await producer(), [test.make('a', '0')])
    await until('received', () => test.received.length > 0)
    // Expelled members cannot commit, and get it again.
    await wait(1500)
    expect(test.texts()).toEqual(['0'])
  })

  it('tells how far it is behind, by what it has fetched', { timeout: 60_000 }, async () => {
    const test = new TestMessages()
    const sender = await producer()
    await publishUntilTaken(
      sender,
      numbers(20).map((n) => test.make('one key', n)),
    )
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const reader = consumer({ group: randomUUID() })
    expect(reader.lags()).toEqual([])
    await reader.start(test.handler(() => held))
    const lag = () => reader.lags().find(({ topic }) => topic === topics.flows)
    await until('behind', () => (lag()?.messages ?? 0) >= 20 && (lag()?.seconds ?? 0) > 0)
    release()
    await until('all read', () => test.distinct().length === 20 && lag()?.messages === 0)
    const { partitions = [], ...sum } = lag() ?? {}
    expect(sum).toEqual({ topic: topics.flows, messages: 0, seconds: 0 })
    expect(partitions.length).toBeGreaterThan(0)
    expect(partitions.every(({ messages, seconds }) => messages === 0 && seconds === 0)).toBe(true)
    expect(new Set(partitions.map(({ partition }) => partition)).size).toBe(partitions.length)
  })

  it('starts without a broker and says so once', { timeout: 60_000 }, async () => {
    const test = new TestMessages()
    const log = recordingLogger()
    const port = await freePort()
    const brokers = [`127.0.0.1:${port}`]
    const away = createKafkaConsumer({ ...consumerOptions(randomUUID()), brokers, logger: log })
    await away.start(test.handler())
    const bus = await producer({ brokers, retries: 1 })
    await expect(bus.publish([test.make('a', '0')])).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    await wait(2500)
    await away.stop()
    expect(log.lines.filter((l) => l.includes('not reachable'))).toHaveLength(1)
  })

  it('stops in time while the broker does not answer', { timeout: 60_000 }, async () => {
    const test = new TestMessages()
    const taking = consumer({ group: randomUUID(), broadcast: [topics.endpoints] })
    await taking.start(test.handler())
    const bus = await producer()
    await publishUntilTaken(bus, [test.make('a', '0')])
    await until('received', () => test.received.length > 0)
    await kafka.pause()
    try {
      const late = bus.publish([test.make('a', '1')]).catch((error: BusError) => error.code)
      const starting = consumer({ group: randomUUID(), ensure: {} })
      await starting.start(test.handler())
      await wait(1000)
      const since = Date.now()
      await Promise.all([taking.stop(), starting.stop(), bus.stop()])
      expect(Date.now() - since).toBeLessThan(8000)
      expect(await late).toBe('stopped')
    } finally {
      await kafka.resume()
    }
  })

  it('says what is wrong with topics', async () => {
    const { brokers } = kafka
    await expect(ensureTopics({ brokers, logger, partitions: 5 })).rejects.toMatchObject({
      code: 'bus.partitions-changed',
      message: expect.stringContaining(`has ${DEFAULT_PARTITIONS} partitions, expected are 5`),
    })
    const fatal: Error[] = []
    const ensure = { partitions: 5 }
    await consumer({ group: randomUUID(), ensure, onFatal: (e) => fatal.push(e) }).start(async () => undefined)
    await until('told', () => fatal.length > 0)
    expect(fatal[0]).toMatchObject({ name: 'UserError', code: 'bus.partitions-changed' })

    await deleteTopic(topics.deadLetters)
    await expect(ensureTopics({ brokers, logger, create: false })).rejects.toMatchObject({
      code: 'bus.topics-missing',
      fix: expect.stringContaining(`--create --topic ${topics.deadLetters} --partitions 12`),
    })
    const bus = await producer({ retries: 1 })
    const lost = { ...new TestMessages().make('a', '0'), topic: topics.deadLetters }
    // A broker may take a message for a moment after the others know that the topic is gone.
    const refused = () => bus.publish([lost]).catch((error: unknown) => error)
    await expect.poll(refused, { timeout: 10_000 }).toMatchObject({ code: 'no-topic', retryable: true })
    await ensureTopics({ brokers, logger })
    await publishUntilTaken(bus, [lost])
  })

  it('waits at both ends for a topic that is made later', { timeout: 60_000 }, async () => {
    const test = new TestMessages()
    const log = recordingLogger()
    const fatal: Error[] = []
    await deleteTopic(topics.dns)
    const reading = consumer({
      group: randomUUID(),
      topics: [topics.dns],
      logger: log,
      onFatal: (error) => fatal.push(error),
    })
    await reading.start(test.handler())
    const published = publishUntilTaken(await producer({ logger: log }), [
      { ...test.make('a', '0'), topic: topics.dns },
    ])
    await until('both say so', () => log.lines.filter((l) => l.includes('lacks a topic')).length === 2)
    // Longer than kafkajs tries by itself.
    await wait(3000)
    await ensureTopics({ brokers: kafka.brokers, logger })
    await published
    await until('received', () => test.received.length > 0)
    expect(test.texts()).toEqual(['0'])
    expect(fatal).toEqual([])
    expect(log.lines.filter((l) => l.includes('lacks a topic'))).toHaveLength(2)
  })

  it('says that a TLS client meets a plain broker', async () => {
    const bus = await producer({ tls: true, retries: 0 })
    await expect(bus.publish([new TestMessages().make('a', '0')])).rejects.toMatchObject({ name: 'BusError' })
  })
})
