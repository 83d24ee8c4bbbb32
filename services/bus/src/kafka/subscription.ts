import type { BusError, Logger } from '@headwater/contracts'
import type { Consumer, EachBatchPayload } from 'kafkajs'
import type { Availability } from '../runtime/availability.js'
import { backoffMs, sleep, within } from '../runtime/backoff.js'
import { connectKafka, type KafkaConnection } from './client.js'
import { busErrorOf } from './errors.js'
import { joiningUntil, leaveGroup } from './leave.js'

export interface SubscriptionOptions {
  connection: KafkaConnection
  /** Asked at each join, so that a group for one reader only can be a new one each time. */
  group: () => string
  topics: readonly string[]
  sessionTimeoutMs: number
  heartbeatMs: number
  eachBatch: (payload: EachBatchPayload) => Promise<void>
  /** Resolves when no batch is with the handler. */
  idle: () => Promise<void>
  availability: Availability
  logger: Logger
  onFatal: (error: Error) => void
}

/** How long kafkajs may take to leave the group, and how long it may take to be taken out of it where it does not. */
const LEAVE_LIMIT_MS = 1500
const TAKE_OUT_LIMIT_MS = 1000

/** kafkajs' event for a consumer that ended; `restart`: it comes back by itself. */
interface Crash {
  payload: { error: Error; restart: boolean }
}

/** One kafkajs consumer that is kept alive: connects with backoff, and is made anew when kafkajs gives up for a reason that may pass. */
export class Subscription {
  readonly #stopping = new AbortController()
  #life: Promise<void> | undefined
  #consumer: Consumer | undefined
  #member: { groupId: string; memberId: string } | undefined

  constructor(private readonly options: SubscriptionOptions) {}

  /** Returns at once; the broker may come later. */
  start(): void {
    this.#life = this.#live()
  }

  /** Waits for the batch under way, leaves the group, disconnects. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#life
  }

  async #live(): Promise<void> {
    const { signal } = this.#stopping
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const ended = await this.#run(() => {
          attempt = 0
        })
        await this.#leave()
        if (ended === undefined) return
        throw ended
      } catch (error) {
        await this.#leave()
        const failure = this.#failure(error)
        if (!failure.retryable) {
          this.options.onFatal(failure)
          return
        }
        if (signal.aborted) return
        this.options.availability.down(failure)
        await sleep(backoffMs(attempt, 200, 5000), signal)
      }
    }
  }

  #failure(error: unknown): BusError {
    return busErrorOf(error, `reading ${this.options.topics.join(', ')}`)
  }

  /** @returns the error of a crash that kafkajs does not mend, or undefined when stopped */
  async #run(joined: () => void): Promise<Error | undefined> {
    const { connection, group, sessionTimeoutMs, heartbeatMs, availability } = this.options
    const consumer = connectKafka(connection, 3).consumer({
      groupId: group(),
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      maxWaitTimeInMs: 400,
      maxBytesPerPartition: 2 << 20,
      maxBytes: 16 << 20,
      allowAutoTopicCreation: false,
      partitionAssigners: [joiningUntil(this.#stopping.signal)],
    })
    this.#consumer = consumer
    const ended = new Promise<Error | undefined>((resolve) => {
      this.#stopping.signal.addEventListener('abort', () => resolve(undefined), { once: true })
      consumer.on('consumer.crash', ({ payload }: Crash) => {
        if (payload.restart) availability.down(this.#failure(payload.error))
        else resolve(payload.error)
      })
    })
    consumer.on('consumer.group_join', ({ payload: { groupId, memberId } }) => {
      this.#member = { groupId, memberId }
      joined()
      availability.up()
    })
    const running = this.#join(consumer)
    running.catch(() => undefined)
    await Promise.race([running, ended])
    return ended
  }

  async #join(consumer: Consumer): Promise<void> {
    const { topics, eachBatch } = this.options
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: 1, eachBatch })
  }

  /** The handler may take its time; a broker that does not answer may not. */
  async #leave(): Promise<void> {
    const { connection, idle, logger } = this.options
    const [consumer, member] = [this.#consumer, this.#member]
    this.#consumer = undefined
    this.#member = undefined
    if (consumer === undefined) return
    const failed = (error: Error) => logger.debug('leaving failed', { reason: error.message })
    const left = consumer
      .disconnect()
      .catch(failed)
      .then(() => true)
    if ((await within(LEAVE_LIMIT_MS, left, idle())) || member === undefined) return
    await within(TAKE_OUT_LIMIT_MS, leaveGroup(connection, member.groupId, member.memberId).catch(failed))
  }
}
