import { randomUUID } from 'node:crypto'
import { BusError, type Chunk, type Topic, topics } from '@headwater/contracts'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { silentLogger as logger, publishUntilTaken, until } from '../../test/support.js'
import { startTestKafka, type TestKafka, untilLed } from '../testing/index.js'
import { createKafkaConsumer } from './consumer.js'
import { createKafkaProducer } from './producer.js'
import { ensureTopics } from './topics.js'

let kafka: TestKafka
beforeAll(async () => {
  kafka = await startTestKafka()
  await ensureTopics({ brokers: kafka.brokers, logger })
  // What is published before is sent again as a whole, and is on the topic twice.
  await untilLed(kafka.brokers, [topics.flows, topics.dns])
})
afterAll(() => kafka?.stop())

interface Call extends Chunk {
  values: string[]
}

describe('messages that stay together', () => {
  const ends: { stop(): Promise<void> }[] = []
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end.stop()
  })

  async function producer(topic: Topic = topics.flows) {
    const made = createKafkaProducer({ brokers: kafka.brokers, logger })
    ends.push(made)
    await made.start()
    return async (values: string[]) => {
      const messages = values.map((v) => ({ topic, key: 'one', value: Buffer.from(v) }))
      await publishUntilTaken(made, messages)
    }
  }

  /** A consumer, and what its handler was called with of this run's messages. */
  async function consumer(
    group: string,
    run: string,
    take: (call: Call) => void = () => undefined,
    { maxBytes = 256 << 20, topic = topics.flows as Topic } = {},
  ) {
    const calls: Call[] = []
    const made = createKafkaConsumer({
      brokers: kafka.brokers,
      group,
      topics: [topic],
      chunked: [topic],
      maxBytes,
      sessionTimeoutMs: 6000,
      logger,
    })
    ends.push(made)
    await made.start(async (messages, chunk) => {
      const values = messages.map((m) => Buffer.from(m.value).toString()).filter((v) => v.startsWith(run))
      if (values.length === 0) return
      const call = { ...(chunk as Chunk), values }
      calls.push(call)
      take(call)
    })
    return { calls, stop: () => made.stop() }
  }
  const numbered = (run: string, from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => `${run} ${from + i}`)
  const refuse = () => {
    throw new BusError('backpressure', 'not now', { retryAfterMs: 50 })
  }

  it('come again together, to the same consumer and to the next one, whatever came after them', async () => {
    const run = randomUUID()
    const publish = await producer()
    await publish(numbered(run, 0, 7))
    const first = await consumer(run, run, refuse)
    await until('tried twice', () => first.calls.length >= 2)
    await publish(numbered(run, 7, 20))
    await until('tried more', () => first.calls.length >= 4)
    await first.stop()
    const [once, ...more] = first.calls
    expect(once?.again).toBe(false)
    for (const call of more) expect(call).toEqual({ ...once, again: true, epoch: call.epoch })

    const second = await consumer(run, run)
    await until('all handled', () => second.calls.flatMap((c) => c.values).length >= 20)
    expect(second.calls[0]).toMatchObject({ position: once?.position, values: once?.values, again: true })
    expect(second.calls.slice(1).every((call) => !call.again)).toBe(true)
    expect(second.calls.flatMap((c) => c.values)).toEqual(numbered(run, 0, 20))
    await second.stop()

    const third = await consumer(run, run)
    await publish(numbered(run, 20, 22))
    await until('the rest', () => third.calls.flatMap((c) => c.values).length >= 2)
    expect(third.calls.flatMap((c) => c.values)).toEqual(numbered(run, 20, 22))
    expect(third.calls.every((call) => !call.again)).toBe(true)
  })

  it('are fetched as they are handled: no more than a fetch is held, and none is lost', async () => {
    const run = randomUUID()
    const send = createKafkaProducer({ brokers: kafka.brokers, logger })
    ends.push(send)
    await send.start()
    const noise = Buffer.from(Array.from({ length: 500_000 }, () => Math.random() * 256)).toString('base64')
    // 64 messages of 0.67 MB, over all partitions; a fetch is 1 MiB.
    for (let n = 0; n < 64; n++)
      await publishUntilTaken(send, [{ topic: topics.flows, key: `${n}`, value: Buffer.from(`${run} ${n} ${noise}`) }])
    const got: string[] = []
    const held: number[] = []
    let open = () => {}
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    const made = createKafkaConsumer({
      brokers: kafka.brokers,
      group: run,
      topics: [topics.flows],
      chunked: [topics.flows],
      maxBytes: 96 << 20,
      sessionTimeoutMs: 6000,
      logger,
    })
    ends.push(made)
    await made.start(async (messages) => {
      const mine = messages.map((m) => Buffer.from(m.value.subarray(0, 60)).toString()).filter((v) => v.startsWith(run))
      if (mine.length === 0) return
      held.push(messages.reduce((sum, m) => sum + m.value.length, 0))
      await opened
      got.push(...mine.map((v) => v.split(' ')[1] as string))
    })
    await until('the first is held', () => held.length > 0)
    await new Promise((resolve) => setTimeout(resolve, 2000))
    // While the handler works nothing else is fetched, however much there is.
    expect(held).toHaveLength(1)
    open()
    await until('all are there', () => got.length >= 64)
    expect(got.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, n) => n))
    // A fetch brings one message at least, and those that are begun are brought whole.
    expect(Math.max(...held)).toBeLessThan(3 << 20)
  })

  it('are of as many partitions at a time as are to be, each partition in its order', async () => {
    const run = randomUUID()
    const send = createKafkaProducer({ brokers: kafka.brokers, logger })
    ends.push(send)
    await send.start()
    const numbers = Array.from({ length: 240 }, (_, n) => n)
    const messages = numbers.map((n) => ({ topic: topics.flows, key: `${n % 24}`, value: Buffer.from(`${run} ${n}`) }))
    await publishUntilTaken(send, messages.slice(0, 120))
    const at = new Map<number, number>()
    const got = new Map<string, number[]>()
    let most = 0
    let fails = 3
    const made = createKafkaConsumer({
      brokers: kafka.brokers,
      group: run,
      topics: [topics.flows],
      chunked: [topics.flows],
      concurrency: 3,
      sessionTimeoutMs: 6000,
      logger,
    })
    ends.push(made)
    await made.start(async (messages) => {
      const mine = messages.filter(({ value }) => Buffer.from(value).toString().startsWith(run))
      if (mine.length === 0) return
      const partition = mine[0]?.partition as number
      at.set(partition, (at.get(partition) ?? 0) + 1)
      most = Math.max(most, at.size)
      expect(at.get(partition)).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 50))
      at.delete(partition)
      if (fails-- > 0) refuse()
      for (const { key, value } of mine) {
        const all = got.get(key) ?? []
        all.push(Number(Buffer.from(value).toString().split(' ')[1]))
        got.set(key, all)
      }
    })
    const count = () => [...got.values()].flat().length
    await until('the first half', () => count() >= 120)
    await publishUntilTaken(send, messages.slice(120))
    await until('all are there', () => count() >= 240)
    expect(most).toBe(3)
    for (const [key, all] of got) expect(all).toEqual(numbers.filter((n) => n % 24 === Number(key)))
  })

  it('come again together where a fetch brings only a part of them', async () => {
    const run = randomUUID()
    // A topic without what others left: the partitions that have some share what a fetch brings.
    const topic = topics.dns
    const publish = await producer(topic)
    // What cannot be compressed: of 7 MiB a fetch brings 3 at most.
    const large = (n: number) =>
      `${run} ${n} ${Buffer.from(Array.from({ length: 700_000 }, () => Math.random() * 256)).toString('base64')}`
    for (let n = 0; n < 7; n++) await publish([large(n)])
    const names = (calls: readonly Call[]) => calls.flatMap((c) => c.values.map((v) => v.slice(0, run.length + 2)))
    const first = await consumer(run, run, refuse, { topic })
    await until('tried', () => first.calls.length >= 2)
    await first.stop()
    expect(first.calls[0]?.values.length).toBeGreaterThan(1)
    // One message at a time.
    const second = await consumer(run, run, (call) => call === second.calls[0] && refuse(), {
      topic,
      maxBytes: 1 << 20,
    })
    await until('all handled', () => names(second.calls.slice(1)).length >= 7)
    const [refused, ...taken] = second.calls
    expect(refused).toEqual({ ...first.calls[0], again: true, epoch: refused?.epoch })
    // What came with the fetches before is still there when the last one comes again.
    expect(taken[0]).toEqual(refused)
    expect(names(taken)).toEqual(Array.from({ length: 7 }, (_, n) => `${run} ${n}`))
  })

  it('are whole where a chunk ends within what was packed together', async () => {
    const run = randomUUID()
    const publish = await producer()
    // A fetch brings all of these 60 MB, for they are packed to nothing: three chunks of it at least.
    const value = (n: number) => `${run} ${n} ${'abcdefgh'.repeat(12_500)}`
    const numbers = Array.from({ length: 600 }, (_, n) => n)
    for (let from = 0; from < 600; from += 40) await publish(numbers.slice(from, from + 40).map(value))
    const { calls } = await consumer(run, run, undefined, { maxBytes: 128 << 20 })
    await until('all are there', () => calls.flatMap((c) => c.values).length >= 600)
    expect(calls.length).toBeGreaterThan(2)
    // Nothing had to be fetched again.
    expect(calls.some(({ again }) => again)).toBe(false)
    expect(calls.flatMap((c) => c.values)).toEqual(numbers.map(value))
  })
})
