import { randomUUID } from 'node:crypto'
import { topics as all, type BusConsumer, type BusHandler, type Topic, UserError } from '@headwater/contracts'
import { type BusCounters, type Counting, Counts } from '../counters.js'
import type { Lagging, TopicLag } from '../lag.js'
import { Availability } from '../runtime/availability.js'
import { backoffMs, sleep, unlessAborted } from '../runtime/backoff.js'
import { CatchUp } from './catch-up.js'
import { Chunks } from './chunks.js'
import type { KafkaConnection } from './client.js'
import { Deliverer } from './deliver.js'
import { busErrorOf } from './errors.js'
import { Lags } from './lags.js'
import { Subscription } from './subscription.js'
import { ensureTopics, type TopicPlan } from './topics.js'

export interface KafkaConsumerOptions extends KafkaConnection {
  /** Replicas of one group share the partitions of `topics`. */
  group: string
  topics: readonly Topic[]
  /** Topics that every replica reads whole, from their beginning, each time it starts. Read up to their present end before `topics`. */
  broadcast?: readonly Topic[]
  /** Of `topics`, those whose messages are handed over in chunks that stay the same over crashes. Default: none. */
  chunked?: readonly Topic[]
  /** Create or check all of Headwater's topics once Kafka is there. Left out: they are waited for. */
  ensure?: TopicPlan
  /** Default 30 s: how long a silent replica keeps its partitions. */
  sessionTimeoutMs?: number
  /** Bytes of messages that may be under way, unpacked: fetched, and not handled yet. A fetch is a 96th of it, a chunk an 8th at most. Default 256 MiB. */
  maxBytes?: number
  /** Partitions of `topics` that are with the handler at the same time, each in its own order. Default 1. */
  concurrency?: number
  /** Called when the consumer ended for a reason that trying again does not mend (UserError or BusError). Default: logged. */
  onFatal?: (error: Error) => void
}

/** A member learns by a heartbeat that others come or go, and the whole group waits for the last to learn it. */
const HEARTBEAT_MS = 1000

const DEFAULT_MAX_BYTES = 256 << 20
/** Of that a chunk is this part at most: it lies in memory a few times while it is made into a block, and there are others. */
const CHUNKS = 8

/** Kafka consumer: manual commits after the handler, redelivery in place, survives the broker's absence at any time. */
class KafkaConsumer implements BusConsumer, Counting, Lagging {
  readonly #counts = new Counts()
  readonly #lags = new Lags()
  readonly #options: KafkaConsumerOptions
  readonly #availability: Availability
  #stopping = new AbortController()
  #life: Promise<void> | undefined
  #parts: { subscription: Subscription; deliverer: Deliverer }[] = []

  constructor(options: KafkaConsumerOptions) {
    this.#options = options
    this.#availability = new Availability(`Kafka ${options.brokers.join(',')}`, options.logger)
  }

  /** Resolves at once: the broker may come later, and is said once in the log when it comes or goes. */
  async start(handler: BusHandler): Promise<void> {
    this.#stopping = new AbortController()
    this.#life = this.#live(handler)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#life
    for (const { deliverer } of this.#parts) deliverer.stop()
    await Promise.all(this.#parts.map(({ subscription }) => subscription.stop()))
    this.#parts = []
  }

  counters(): BusCounters {
    return this.#counts.counters()
  }

  lags(): TopicLag[] {
    return this.#lags.topics()
  }

  async #live(handler: BusHandler): Promise<void> {
    const { topics, broadcast = [], group } = this.#options
    const { signal } = this.#stopping
    const catchUp = await this.#prepare(broadcast)
    if (catchUp === undefined) return
    if (broadcast.length > 0) {
      const { subscription } = this.#part(handler, () => `${group}-all-${randomUUID()}`, broadcast, false, catchUp)
      subscription.start()
      await catchUp.wait(30_000, signal, this.#options.logger)
    }
    if (!signal.aborted && topics.length > 0) this.#part(handler, () => group, topics, true).subscription.start()
  }

  /** Topics checked and the ends of the broadcast topics read, as soon as Kafka is there. @returns undefined when stopped or fatal */
  async #prepare(broadcast: readonly Topic[]): Promise<CatchUp | undefined> {
    const { ensure } = this.#options
    const { signal } = this.#stopping
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        if (ensure !== undefined)
          await unlessAborted(ensureTopics({ ...this.#options, ...ensure, topics: Object.values(all) }), signal)
        return await unlessAborted(CatchUp.upToNow(this.#options, broadcast), signal)
      } catch (error) {
        const failure = error instanceof UserError ? error : busErrorOf(error, 'looking at the topics')
        if (failure instanceof UserError || !failure.retryable) {
          this.#fatal(failure)
          return undefined
        }
        this.#availability.down(failure)
        await sleep(backoffMs(attempt, 200, 5000), signal)
      }
    }
    return undefined
  }

  #part(handler: BusHandler, group: () => string, topics: readonly Topic[], commits: boolean, catchUp?: CatchUp) {
    const { sessionTimeoutMs = 30_000, maxBytes = DEFAULT_MAX_BYTES, concurrency = 1, logger } = this.#options
    const heartbeatMs = Math.min(HEARTBEAT_MS, Math.floor(sessionTimeoutMs / 3))
    const { chunked = [] } = this.#options
    const chunks =
      commits && chunked.length > 0
        ? new Chunks(this.#options, group, chunked, Math.floor(maxBytes / CHUNKS))
        : undefined
    const deliverer = new Deliverer({
      handler,
      commits,
      ...(chunks === undefined ? {} : { chunks }),
      heartbeatMs,
      counts: this.#counts,
      logger,
      ...(commits ? { lags: this.#lags } : {}),
      ...(catchUp === undefined ? {} : { onDelivered: catchUp.delivered }),
    })
    const subscription = new Subscription({
      connection: this.#options,
      group,
      topics,
      sessionTimeoutMs,
      heartbeatMs,
      maxBytes,
      concurrency: commits ? concurrency : 1,
      eachBatch: deliverer.eachBatch,
      idle: () => deliverer.idle(),
      joined: () => {
        chunks?.joined()
        if (commits) this.#lags.clear()
      },
      availability: this.#availability,
      logger,
      onFatal: (error) => this.#fatal(error),
    })
    const part = { subscription, deliverer }
    this.#parts.push(part)
    return part
  }

  #fatal(error: Error): void {
    this.#counts.rejected((error as { code?: string }).code ?? 'fatal')
    const { onFatal, logger } = this.#options
    if (onFatal === undefined) logger.error('Kafka consumer ended', { reason: error.message })
    else onFatal(error)
  }
}

export function createKafkaConsumer(options: KafkaConsumerOptions): BusConsumer & Counting & Lagging {
  return new KafkaConsumer(options)
}
