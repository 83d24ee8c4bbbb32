import type { Offsets } from 'kafkajs'
import { connectKafka, type KafkaConnection } from './client.js'

/** What a consumer is about to handle: the messages from the committed offset up to `last`. */
export interface Intent {
  last: bigint
  /** Unix ms at which it was first set. */
  made: number
  /** false where it was this consumer that set it, and it has not tried yet. */
  again: boolean
}

/** Text that goes with a committed offset; Kafka keeps up to 4 KiB (`offset.metadata.max.bytes`). */
const textOf = ({ last, made }: Pick<Intent, 'last' | 'made'>): string =>
  JSON.stringify({ 'headwater-last': String(last), 'headwater-made': made })

/** @returns undefined where the text is none of ours: nothing was under way */
export function intentIn(text: string | null | undefined): Pick<Intent, 'last' | 'made'> | undefined {
  try {
    const { 'headwater-last': last, 'headwater-made': made } = JSON.parse(text ?? '') as Record<string, unknown>
    if (typeof last !== 'string' || !/^\d{1,19}$/.test(last)) return undefined
    // Older versions did not say.
    return { last: BigInt(last), made: Number.isSafeInteger(made) ? (made as number) : Date.now() }
  } catch {
    return undefined
  }
}

/** An offset to commit for one partition; with an intent it says what is about to be handled from there. */
export function offsetsOf(
  topic: string,
  partition: number,
  offset: bigint,
  intent?: Pick<Intent, 'last' | 'made'>,
): Offsets {
  const metadata = intent === undefined ? '' : textOf(intent)
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
      const intent = intentIn(metadata)
      if (intent !== undefined) intents.set(partition, { ...intent, again: true })
    }
    return intents
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}
