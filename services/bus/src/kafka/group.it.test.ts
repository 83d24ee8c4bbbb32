import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type BusConsumer, type BusMessage, type BusProducer, DEFAULT_PARTITIONS, topics } from '@headwater/contracts'
import type { Admin } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger as logger, publishUntilTaken, TestMessages, until } from '../../test/support.js'
import { startTestKafka, type TestKafka } from '../testing/index.js'
import { connectKafka } from './client.js'
import { createKafkaConsumer, type KafkaConsumerOptions } from './consumer.js'
import { createKafkaProducer } from './producer.js'
import { ensureTopics } from './topics.js'

const SESSION_MS = 6000
/** So many that each of the 12 partitions has some of them. */
const KEYS = 240

let kafka: TestKafka
beforeAll(async () => {
  kafka = await startTestKafka()
  await ensureTopics({ brokers: kafka.brokers, logger })
})
afterAll(() => kafka?.stop())

describe('a group of two on Kafka', { timeout: 120_000 }, () => {
  const ends: { stop(): Promise<void> }[] = []
  const children: ChildProcess[] = []
  let group: string
  let test: TestMessages
  let bus: BusProducer
  let sentAt: number[]
  let slowestMs: number

  beforeEach(async () => {
    group = randomUUID()
    test = new TestMessages()
    bus = createKafkaProducer({ brokers: kafka.brokers, logger })
    ends.push(bus)
    await bus.start()
    sentAt = []
    slowestMs = 0
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    for (const end of ends.splice(0).reverse()) await end.stop()
  })

  const options = (): KafkaConsumerOptions => ({
    brokers: kafka.brokers,
    group,
    topics: [topics.flows],
    sessionTimeoutMs: SESSION_MS,
    logger,
  })

  /** Counts what it takes in `partitions`, and how long the slowest message was under way. */
  async function member(sessionTimeoutMs = SESSION_MS): Promise<{ consumer: BusConsumer; partitions: Set<number> }> {
    const partitions = new Set<number>()
    const consumer = createKafkaConsumer({ ...options(), sessionTimeoutMs })
    ends.push(consumer)
    await consumer.start(
      test.handler(async (messages) => {
        for (const { partition, value } of messages) {
          partitions.add(partition)
          slowestMs = Math.max(slowestMs, Date.now() - (sentAt[Number(new TextDecoder().decode(value))] ?? 0))
        }
      }),
    )
    return { consumer, partitions }
  }

  /** A member in a process of its own. Wants the built package. */
  function childMember(sessionTimeoutMs = SESSION_MS): { child: ChildProcess; taken: string[] } {
    const program = fileURLToPath(new URL('../../test/member.mjs', import.meta.url))
    const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
    children.push(child)
    const { logger: _, ...settings } = options()
    child.stdin?.end(JSON.stringify({ ...settings, sessionTimeoutMs }))
    const taken: string[] = []
    createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }).on('line', (key) => {
      if (key.startsWith(test.run)) taken.push(key)
    })
    return { child, taken }
  }

  /** One message of each key, as numbers that go on. */
  async function send(): Promise<void> {
    const messages: BusMessage[] = []
    for (let key = 0; key < KEYS; key++) messages.push(test.make(`key ${key}`, String(sentAt.push(Date.now()) - 1)))
    await publishUntilTaken(bus, messages)
  }

  async function sendUntil(what: string, condition: () => boolean): Promise<void> {
    await until(what, async () => {
      await send()
      await wait(50)
      return condition()
    })
  }

  async function asAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = connectKafka({ brokers: kafka.brokers, logger }, 2).admin()
    await admin.connect()
    try {
      return await work(admin)
    } finally {
      await admin.disconnect()
    }
  }

  const groupNow = () => asAdmin(async (admin) => (await admin.describeGroups([group])).groups[0])

  /** A coordinator that has just started does not answer for its groups at once. */
  const stableWith = (members: number) =>
    until(`${members} members`, async () => {
      const now = await groupNow().catch(() => undefined)
      return now?.state === 'Stable' && now.members.length === members
    })

  const allCommitted = () =>
    until('all committed', () =>
      asAdmin(async (admin) => {
        const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topics.flows] })
        const offsets = new Map(committed?.partitions.map(({ partition, offset }) => [partition, offset]))
        const offsetsAtEnd = await admin.fetchTopicOffsets(topics.flows)
        return offsetsAtEnd.every(({ partition, high }) => high === '0' || offsets.get(partition) === high)
      }),
    )

  /** Everything that was sent from this number on came once, and is committed. */
  async function expectOnce(from = 0): Promise<void> {
    const numbers = () => test.texts().map(Number)
    const wanted = sentAt.map((_, n) => n).slice(from)
    await until('all received', () => new Set(numbers().filter((n) => n >= from)).size === wanted.length, 60_000)
    await allCommitted()
    expect(
      numbers()
        .filter((n) => n >= from)
        .sort((a, b) => a - b),
    ).toEqual(wanted)
  }

  it('is whole after the broker was killed while it was idle; one leaves, and the other gets all of it, once', async () => {
    const first = await member()
    const second = await member()
    await sendUntil('both take', () => first.partitions.size > 0 && second.partitions.size > 0)
    await allCommitted()
    await kafka.kill9()
    await wait(1000)
    await kafka.restart()
    // Longer than a session: the heartbeats alone have to keep the group.
    await wait(SESSION_MS + 2000)
    await stableWith(2)

    const from = sentAt.length
    first.partitions.clear()
    second.partitions.clear()
    await sendUntil('both take again', () => first.partitions.size > 0 && second.partitions.size > 0)
    slowestMs = 0
    const since = Date.now()
    let leftMs: number | undefined
    const left = first.consumer.stop().then(() => {
      leftMs = Date.now() - since
    })
    await sendUntil('the second takes all', () => leftMs !== undefined && second.partitions.size === DEFAULT_PARTITIONS)
    await left
    await expectOnce(from)
    await stableWith(1)
    console.info(`left within ${leftMs} ms, taken over within ${slowestMs} ms`)
  })

  it('meets again at once after the broker was away for long, and waits for nobody who was in it before', async () => {
    const session = 60_000
    const [first, second] = [await member(session), await member(session)]
    await sendUntil('both take', () => first.partitions.size > 0 && second.partitions.size > 0)
    await allCommitted()
    await kafka.kill9()
    // Longer than kafkajs tries by itself.
    await wait(8000)
    await kafka.restart()
    const since = Date.now()
    await stableWith(2)
    const from = sentAt.length
    await send()
    await expectOnce(from)
    console.info(`whole again within ${Date.now() - since} ms, at a session of ${session} ms`)
  })

  it('gives what a killed member had to the other one when its session is over, once', async () => {
    const { child, taken } = childMember()
    const { partitions } = await member()
    await sendUntil('both take', () => taken.length > 0 && partitions.size > 0)
    await allCommitted()
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    const from = sentAt.length
    slowestMs = 0
    await sendUntil('the other takes all', () => partitions.size === DEFAULT_PARTITIONS)
    await expectOnce(from)
    console.info(`taken over within ${slowestMs} ms, at a session of ${SESSION_MS} ms`)
  })

  it('lets a member leave while it joins, where the group waits for one that was killed', async () => {
    const { child, taken } = childMember(30_000)
    const first = await member()
    const second = await member()
    await sendUntil('all take', () => taken.length > 0 && first.partitions.size > 0 && second.partitions.size > 0)
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    const third = await member()
    // Heartbeats tell both that they have to join again; the coordinator holds that back until the session of the dead one is over.
    await wait(SESSION_MS / 2)
    const since = Date.now()
    await first.consumer.stop()
    console.info(`left within ${Date.now() - since} ms`)
    const seen = async () => {
      const now = await groupNow()
      return [now?.state, now?.members.length]
    }
    expect(await seen()).toEqual(['PreparingRebalance', 3])
    // What it left is not joined again by what kafkajs still does.
    await wait(1000)
    expect(await seen()).toEqual(['PreparingRebalance', 3])
    expect(third.partitions.size).toBe(0)
  })

  it('leaves after the call under way though much more has come, and the other gets the rest, once', async () => {
    // What other tests have left on the topic costs nothing, and calls would be long by that: it is read before.
    const { consumer } = await member()
    await send()
    await until('what was there before', () => test.received.length >= KEYS)
    await consumer.stop()

    const much = 200
    const messageMs = 25
    const messages = Array.from({ length: much }, (_, n) => test.make('one key', String(n)))
    await publishUntilTaken(bus, messages)
    const slow = createKafkaConsumer(options())
    ends.push(slow)
    let calls = 0
    await slow.start(
      test.handler(async ({ length }) => {
        calls++
        await wait(length * messageMs)
      }),
    )
    await until('it takes', () => calls > 0)
    const since = Date.now()
    await slow.stop()
    const leftMs = Date.now() - since
    const first = test.texts('one key').length
    console.info(`left within ${leftMs} ms with ${first} of ${much} taken`)
    expect(first).toBeLessThan(much / 2)
    await member()
    await until('the rest', () => test.texts('one key').length >= much)
    expect(test.texts('one key')).toEqual(messages.map((_, n) => String(n)))
  })

  it('leaves cleanly on SIGTERM in the middle of the work', async () => {
    const { child, taken } = childMember()
    const { partitions } = await member()
    await sendUntil('both take', () => taken.length > 0 && partitions.size > 0)
    const ended = once(child, 'exit')
    const since = Date.now()
    child.kill('SIGTERM')
    let over: unknown
    const code = ended.then(([exit]) => {
      over = exit
      return Date.now() - since
    })
    await sendUntil(
      'it ends, and the other takes all',
      () => over !== undefined && partitions.size === DEFAULT_PARTITIONS,
    )
    console.info(`left within ${await code} ms, taken over within ${slowestMs} ms`)
    expect(over).toBe(0)
    await until('all taken', () => taken.length + test.received.length >= sentAt.length)
    await allCommitted()
    expect(taken.length + test.received.length).toBe(sentAt.length)
  })
})
