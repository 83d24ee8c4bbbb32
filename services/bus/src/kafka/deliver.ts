import {
  type BusError,
  type BusHandler,
  type DeliveredMessage,
  type Logger,
  type Topic,
  topics,
} from '@headwater/contracts'
import type { EachBatchPayload, IHeaders, KafkaMessage } from 'kafkajs'
import type { Counts } from '../counters.js'
import { backoffMs } from '../runtime/backoff.js'

const known = new Set<string>(Object.values(topics))

function textHeaders(headers: IHeaders | undefined): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers ?? {}))
    if (value !== undefined)
      out[name] = Array.isArray(value) ? value.map(String).join(',') : value.toString('utf8' as never)
  return out
}

function delivered(topic: Topic, partition: number, message: KafkaMessage, broadcast: boolean): DeliveredMessage {
  return {
    topic,
    partition,
    key: message.key?.toString('utf8') ?? '',
    // A copy at an aligned address: Arrow columns are then views over it, and it does not pin the whole fetch.
    value: message.value === null ? new Uint8Array(0) : new Uint8Array(message.value),
    headers: textHeaders(message.headers),
    offset: BigInt(message.offset),
    timestamp: Number(message.timestamp),
    ...(broadcast ? { broadcast } : {}),
  }
}

/**
 * Heartbeats while the handler works, so that a slow store does not cost the group its member. Ends with the handler
 * (a loop that outlives it is issue 1764 of tulios/kafkajs). A heartbeat that fails is told by the next one in the batch.
 */
async function beating<T>(work: Promise<T>, heartbeat: () => Promise<void>, everyMs: number): Promise<T> {
  const timer = setInterval(() => heartbeat().catch(() => undefined), everyMs)
  try {
    return await work
  } finally {
    clearInterval(timer)
  }
}

export interface DeliverOptions {
  handler: BusHandler
  /** false for topics that are read whole at every start. */
  commits: boolean
  heartbeatMs: number
  counts: Counts
  logger: Logger
  onDelivered?(topic: string, partition: number, last: bigint): void
}

/**
 * One kafkajs `eachBatch`: hands the messages of one partition to the handler, and only then resolves and commits them. When the
 * handler rejects, nothing is resolved; the partition is paused for a while and then fetched again from where it was.
 */
export class Deliverer {
  readonly #failures = new Map<string, number>()
  readonly #pauses = new Set<NodeJS.Timeout>()
  #working: Promise<unknown> | undefined

  constructor(private readonly options: DeliverOptions) {}

  readonly eachBatch = async (payload: EachBatchPayload): Promise<void> => {
    const { batch, resolveOffset, heartbeat, commitOffsetsIfNecessary, pause, isRunning, isStale } = payload
    const { topic, partition } = batch
    const last = batch.messages.at(-1)
    if (last === undefined || !isRunning() || isStale() || !known.has(topic)) return
    const { handler, commits, heartbeatMs, counts } = this.options
    const messages = batch.messages.map((m) => delivered(topic as Topic, partition, m, !commits))
    const place = `${topic}/${partition}`
    try {
      const work = handler(messages)
      this.#working = work.catch(() => undefined)
      await beating(work, heartbeat, heartbeatMs)
    } catch (error) {
      this.#pause(place, error as Error, pause)
      return
    }
    this.#failures.delete(place)
    for (const message of messages) counts.moved(message.value.byteLength)
    resolveOffset(last.offset)
    if (commits) {
      const offset = (BigInt(last.offset) + 1n).toString()
      // The batch's own commit: it throws when this member was expelled, and kafkajs joins again. consumer.commitOffsets would end it for good.
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] })
    }
    this.options.onDelivered?.(topic, partition, BigInt(last.offset))
    await heartbeat()
  }

  /** Resolves when the handler has ended its call. */
  async idle(): Promise<void> {
    await this.#working
  }

  /** Forgets the pauses: nothing is resumed any more. */
  stop(): void {
    for (const timer of this.#pauses) clearTimeout(timer)
    this.#pauses.clear()
  }

  #pause(place: string, error: Error, pause: () => () => void): void {
    const failures = this.#failures.get(place) ?? 0
    this.#failures.set(place, failures + 1)
    this.options.counts.retried()
    const asked = (error as BusError).options?.retryAfterMs ?? 0
    const waitMs = Math.max(asked, backoffMs(failures, 100, 5000))
    if (failures === 0)
      this.options.logger.warn(`${place}: delivering again until it is taken`, { reason: error.message })
    const resume = pause()
    const timer = setTimeout(() => {
      this.#pauses.delete(timer)
      resume()
    }, waitMs)
    this.#pauses.add(timer)
  }
}
