import type { Offsets } from 'kafkajs'
import { connectKafka, type KafkaConnection } from './client.js'

/** What a consumer is about to handle: the messages from the committed offset up to `last`. */
export interface Intent {
  last: bigint
  /** false where it was this consumer that set it, and it has not tried yet. */
  again: boolean
}

/** Text that goes with a committed offset; Kafka keeps up to 4 KiB (`offset.metadata.max.bytes`). */
const textOf = (last: bigint): string => JSON.stringify({ 'headwater-last': String(last) })

/** @returns undefined where the text is none of ours: nothing was under way */
export function lastIn(text: string | null | undefined): bigint | undefined {
  try {
    const last = (JSON.parse(text ?? '') as { 'headwater-last'?: unknown })['headwater-last']
    return typeof last === 'string' && /^\d{1,19}$/.test(last) ? BigInt(last) : undefined
  } catch {
    return undefined
  }
}

/** An offset to commit for one partition; with `last` it says what is about to be handled from there. */
export function offsetsOf(topic: string, partition: number, offset: bigint, last?: bigint): Offsets {
  const metadata = last === undefined ? '' : textOf(last)
  return { topics: [{ topic, partitions: [{ partition, offset: String(offset), metadata } as never] }] }
}

/**
 * What a group was about to handle in each partition of a topic when it last committed. Asked for after a consumer has joined: from then on, those who
 * had the partitions before can commit no more.
 */
export async function committedIntents(
  connection: KafkaConnection,
  group: string,
  topic: string,
): Promise<Map<number, Intent>> {
  const admin = connectKafka(connection, 3).admin()
  try {
    await admin.connect()
    const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
    const intents = new Map<number, Intent>()
    for (const { partition, metadata } of found?.partitions ?? []) {
      const last = lastIn(metadata)
      if (last !== undefined) intents.set(partition, { last, again: true })
    }
    return intents
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}
