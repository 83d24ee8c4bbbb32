import type { Topic } from './topics.js'

/** A message to publish. `key` chooses the partition (flows: the agent instance, so that a node's batches keep their order). */
export interface BusMessage {
  topic: Topic
  key: string
  value: Uint8Array
  headers?: Record<string, string>
}

/** A message as a consumer gets it. Offsets grow within a partition, with gaps allowed. */
export interface DeliveredMessage extends Required<BusMessage> {
  partition: number
  offset: bigint
  /** Unix ms at which the bus took the message. */
  timestamp: number
  /** true on a copy that every replica of the group gets; another copy goes to one of them, where the topic is also shared. */
  broadcast?: boolean
}

/** Sends messages. At least once: a message may arrive twice, and carries its own identity where that matters. */
export interface BusProducer {
  start(): Promise<void>
  /** Resolves when every message is durable downstream (Kafka: acks=-1; local: the consumer's handler resolved); nothing holds their bytes then. @throws BusError */
  publish(messages: readonly BusMessage[]): Promise<void>
  stop(): Promise<void>
}

/** Messages of one partition that stay together: whoever gets one of them again gets all of them, and no others with them. */
export interface Chunk {
  /** Its place on the bus: topic, partition, first and last offset. */
  position: string
  /** false: nobody has tried these messages before. true: this consumer or another may have. */
  again: boolean
  /** Unix ms at which it was first made. What depends on the time must go by this, so that it is the same again. */
  made: number
  /** A new number after each time that partitions were shared out anew: what others stored meanwhile is not known here. */
  epoch: number
}

/**
 * Handles messages of one partition in order. Resolve: they are durable, and are not delivered again (but may be after a crash).
 * Reject with a BusError that is retryable (or any other error): the same messages are delivered again, later.
 * @param chunk where the bus keeps them together, also over a crash. The memory of their values is another's once the handler has ended.
 */
export type BusHandler = (messages: readonly DeliveredMessage[], chunk?: Chunk) => Promise<void>

/** Receives messages. `group`: replicas of one group share the partitions. `broadcast` topics go to every replica, from their start. */
export interface BusConsumer {
  start(handler: BusHandler): Promise<void>
  /** Stops taking messages, waits for the handler under way, commits, leaves. */
  stop(): Promise<void>
}

export type BusErrorCode =
  | 'unavailable'
  | 'backpressure'
  | 'no-topic'
  | 'too-large'
  | 'unauthorized'
  | 'misconfigured'
  | 'stopped'

/** A topic that is not there may be made at any time: ingest makes them when it starts, and brokers learn of them one after the other. */
const retryable: ReadonlySet<BusErrorCode> = new Set(['unavailable', 'backpressure', 'no-topic'])

/** What went wrong on the bus, whether to try again, and when at the earliest. */
export class BusError extends Error {
  override readonly name = 'BusError'
  constructor(
    readonly code: BusErrorCode,
    message: string,
    readonly options: { cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
  }

  get retryable(): boolean {
    return retryable.has(this.code)
  }
}

/** Header of a message without a value that stands for some which the bus could not read; it says why. */
export const UNREADABLE_HEADER = 'headwater-unreadable'

/** Some messages after the other, in groups that a bus takes at once: of so many bytes, or of one that is larger. */
export function groupsOf<M>(messages: readonly M[], bytesOf: (message: M) => number, most = 1 << 20): M[][] {
  const groups: M[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const message of messages) {
    const size = bytesOf(message)
    if (bytes + size > most) {
      groups.push([])
      bytes = 0
    }
    groups.at(-1)?.push(message)
    bytes += size
  }
  return groups
}
