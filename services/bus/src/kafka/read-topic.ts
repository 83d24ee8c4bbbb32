import { randomUUID } from 'node:crypto'
import type { DeliveredMessage, Topic } from '@headwater/contracts'
import type { Admin, Consumer, KafkaMessage } from 'kafkajs'
import { connectKafka, type KafkaConnection } from './client.js'
import { textHeaders } from './deliver.js'
import { busErrorOf } from './errors.js'

export interface ReadTopicOptions {
  /** Unix ms: messages that the broker took from then on. Default: all. */
  fromMs?: number
  /** Without any message for so long reading is given up. Default 30 s. */
  patienceMs?: number
}

const messageOf = (topic: Topic, partition: number, message: KafkaMessage): DeliveredMessage => ({
  topic,
  partition,
  key: message.key?.toString('utf8') ?? '',
  // Not a view: it would keep all that was fetched with it.
  value: new Uint8Array(message.value ?? []),
  headers: textHeaders(message.headers),
  offset: BigInt(message.offset),
  timestamp: Number(message.timestamp),
})

/** By partition, the first offset that is wanted and the one after the last. */
type Ends = Map<number, { from: bigint; to: bigint }>

async function endsOf(admin: Admin, topic: string, fromMs: number | undefined): Promise<Ends> {
  const ends: Ends = new Map()
  for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
    ends.set(partition, { from: BigInt(low), to: BigInt(high) })
  if (fromMs !== undefined)
    for (const { partition, offset } of await admin.fetchTopicOffsetsByTimestamp(topic, fromMs)) {
      const end = ends.get(partition)
      if (end !== undefined && BigInt(offset) > end.from) end.from = BigInt(offset)
    }
  for (const [partition, { from, to }] of ends) if (from >= to) ends.delete(partition)
  return ends
}

/**
 * Reads a topic once, up to where it ends now. What comes meanwhile is left to the next time. The group that it needs for that has a name of its own
 * and is gone after it.
 * @throws BusError, `no-topic` where there is none
 */
export async function readTopic(
  connection: KafkaConnection,
  topic: Topic,
  take: (message: DeliveredMessage) => void,
  { fromMs, patienceMs = 30_000 }: ReadTopicOptions = {},
): Promise<void> {
  const groupId = `headwater-read-${randomUUID()}`
  const kafka = connectKafka(connection, 3)
  const admin = kafka.admin()
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200, allowAutoTopicCreation: false })
  try {
    await admin.connect()
    const ends = await endsOf(admin, topic, fromMs)
    if (ends.size > 0) await read(consumer, topic, ends, take, patienceMs)
  } catch (error) {
    throw busErrorOf(error, `reading ${topic}`)
  } finally {
    await consumer.disconnect().catch(() => undefined)
    await admin.deleteGroups([groupId]).catch(() => undefined)
    await admin.disconnect().catch(() => undefined)
  }
}

async function read(
  consumer: Consumer,
  topic: Topic,
  ends: Ends,
  take: (message: DeliveredMessage) => void,
  patienceMs: number,
): Promise<void> {
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  consumer.on('consumer.crash', ({ payload }) => reject(payload.error))
  const late = () => reject(new Error(`no answer within ${patienceMs / 1000} s`))
  let timer = setTimeout(late, patienceMs)
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch: { partition, messages, lastOffset } }) => {
      const end = ends.get(partition)
      if (end === undefined) return
      clearTimeout(timer)
      timer = setTimeout(late, patienceMs)
      for (const message of messages) {
        const offset = BigInt(message.offset)
        if (offset >= end.from && offset < end.to) take(messageOf(topic, partition, message))
      }
      if (BigInt(messages.at(-1)?.offset ?? lastOffset()) + 1n < end.to) return
      ends.delete(partition)
      if (ends.size === 0) resolve()
    },
  })
  for (const [partition, { from }] of ends) consumer.seek({ topic, partition, offset: String(from) })
  await promise.finally(() => clearTimeout(timer))
}
