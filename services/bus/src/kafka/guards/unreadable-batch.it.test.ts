import { randomUUID } from 'node:crypto'
import { topics, UNREADABLE_HEADER } from '@headwater/contracts'
import type { Producer } from 'kafkajs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { silentLogger as logger, TestMessages, until } from '../../../test/support.js'
import { startTestKafka, type TestKafka } from '../../testing/index.js'
import { connectKafka } from '../client.js'
import { compressionTypes } from '../compression.js'
import { createKafkaConsumer } from '../consumer.js'
import { ensureTopics } from '../topics.js'

let kafka: TestKafka
let producer: Producer

beforeAll(async () => {
  kafka = await startTestKafka()
  await ensureTopics({ brokers: kafka.brokers, logger })
  // A topic that has just been made may have no leader yet.
  producer = connectKafka({ brokers: kafka.brokers, logger }, 12).producer()
  await producer.connect()
})
afterAll(async () => {
  await producer?.disconnect()
  await kafka?.stop()
})

/** Sends a batch of records between two sound ones, reads all three. */
async function around(values: readonly Buffer[], compression: 'zstd' | 'gzip') {
  const test = new TestMessages()
  const key = `${test.run} key`
  const send = (all: readonly Buffer[]) =>
    producer.send({
      topic: topics.flows,
      compression: compressionTypes[compression],
      messages: all.map((value) => ({ key, value })),
    })
  await send([Buffer.from('before')])
  await send(values)
  await send([Buffer.from('after')])
  const unreadable: string[] = []
  const consumer = createKafkaConsumer({ brokers: kafka.brokers, group: randomUUID(), topics: [topics.flows], logger })
  const take = test.handler()
  await consumer.start(async (messages, chunk) => {
    for (const { headers, value } of messages)
      if (headers[UNREADABLE_HEADER] !== undefined && value.length === 0) unreadable.push(headers[UNREADABLE_HEADER])
    await take(messages, chunk)
  })
  await until('the last one read', () => test.texts().includes('after')).finally(() => consumer.stop())
  return { texts: test.distinct(), unreadable }
}

it.each(['zstd', 'gzip'] as const)(
  'goes past a batch of %s that unpacks to more than there is room for',
  {
    timeout: 90_000,
  },
  async (compression) => {
    const { texts, unreadable } = await around([Buffer.alloc(300 << 20)], compression)
    expect(texts).toEqual(['before', 'after'])
    expect(unreadable).toContainEqual(
      expect.stringMatching(/a record batch cannot be read: .*(314572\d+ bytes|larger than)/),
    )
  },
)

it('goes past a batch of more records than kafkajs can take', { timeout: 90_000 }, async () => {
  const { texts, unreadable } = await around(Array<Buffer>(20_001).fill(Buffer.from('x')), 'zstd')
  expect(texts).toEqual(['before', 'after'])
  expect(unreadable).toContain('20001 records in one batch, at most 20000 are read')
})
