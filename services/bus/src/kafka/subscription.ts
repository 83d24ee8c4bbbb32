import type { Logger } from '@headwater/contracts'
import type { Consumer, EachBatchPayload } from 'kafkajs'
import type { Availability } from '../runtime/availability.js'
import { backoffMs, sleep, unlessAborted, within } from '../runtime/backoff.js'
import { connectKafka, type KafkaConnection } from './client.js'
import { busErrorOf } from './errors.js'
import { UNDER_WAY_FETCHES } from './guards/idle-fetch.js'
import { joiningUntil, leaveGroup, type Member } from './leave.js'

export interface SubscriptionOptions {
  connection: KafkaConnection
  /** Asked at each join, so that a group for one reader only can be a new one each time. */
  group: () => string
  topics: readonly string[]
  sessionTimeoutMs: number
  heartbeatMs: number
  /** Bytes of messages that may be under way, unpacked. */
  maxBytes: number
  /** Partitions that are handled at the same time, each in its own order. */
  concurrency: number
  eachBatch: (payload: EachBatchPayload) => Promise<void>
  /** Told each time that it is in the group with partitions shared out anew, before the first batch of them. */
  joined: () => void
  /** Resolves when no batch is with the handler. */
  idle: () => Promise<void>
  availability: Availability
  logger: Logger
  onFatal: (error: Error) => void
}

/** How long kafkajs may take to leave the group, and how long it may take to be taken out of it where it does not. */
const LEAVE_LIMIT_MS = 1500
const TAKE_OUT_LIMIT_MS = 1000

/**
 * One kafkajs consumer that is kept alive: connects with backoff, and is made anew when kafkajs gives up for a reason that may pass.
 * kafkajs would also start again by itself, but leaves a member behind then, which the group waits for as long as its session lasts.
 */
export class Subscription {
  readonly #stopping = new AbortController()
  #life: Promise<void> | undefined
  #consumer: Consumer | undefined
  /** In the group, as far as is known. */
  #member: Member | undefined

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
    const { topics, availability, onFatal } = this.options
    const { signal } = this.#stopping
    for (let attempt = 0; !signal.aborted; attempt++) {
      const joined = () => {
        attempt = 0
      }
      const error = await this.#run(joined).catch((e: unknown) => e)
      await this.#leave()
      if (error === undefined || signal.aborted) return
      const failure = busErrorOf(error, `reading ${topics.join(', ')}`)
      if (!failure.retryable) {
        onFatal(failure)
        return
      }
      availability.down(failure)
      await sleep(backoffMs(attempt, 200, 5000), signal)
    }
  }

  /** @returns the error of a crash, or undefined when stopped. @throws where it cannot begin */
  async #run(joined: () => void): Promise<Error | undefined> {
    const { connection, group, sessionTimeoutMs, heartbeatMs, maxBytes, availability } = this.options
    const fetchBytes = Math.ceil(maxBytes / UNDER_WAY_FETCHES)
    const { signal } = this.#stopping
    await unlessAborted(this.#takeOut(), signal)
    if (signal.aborted) return undefined
    const consumer = connectKafka(connection, 3).consumer({
      groupId: group(),
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      maxWaitTimeInMs: 400,
      maxBytesPerPartition: fetchBytes,
      maxBytes: fetchBytes,
      allowAutoTopicCreation: false,
      partitionAssigners: [joiningUntil(signal)],
      retry: { retries: 5, restartOnFailure: async () => false },
    })
    this.#consumer = consumer
    const crash = new Promise<Error>((resolve) => {
      consumer.on('consumer.crash', ({ payload }) => resolve(payload.error))
    })
    consumer.on('consumer.group_join', ({ payload: { groupId, memberId } }) => {
      this.#member = { groupId, memberId }
      this.options.joined()
      joined()
      availability.up()
    })
    consumer.on('consumer.network.request', ({ payload }) => {
      if (payload.apiName === 'LeaveGroup' && signal.aborted) this.#member = undefined
    })
    const begun = this.#begin(consumer).then(() => crash)
    return unlessAborted(Promise.race([begun, crash]), signal)
  }

  async #begin(consumer: Consumer): Promise<void> {
    const { topics, eachBatch, concurrency } = this.options
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    const options = { autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: concurrency }
    await consumer.run({ ...options, eachBatch })
  }

  /** The handler may take its time; a broker that does not answer may not. */
  async #leave(): Promise<void> {
    const failed = (error: Error) => this.options.logger.debug('leaving failed', { reason: error.message })
    const consumer = this.#consumer
    this.#consumer = undefined
    if (consumer !== undefined) await within(LEAVE_LIMIT_MS, consumer.disconnect().catch(failed), this.options.idle())
    if (this.#stopping.signal.aborted) await within(TAKE_OUT_LIMIT_MS, this.#takeOut().catch(failed))
  }

  /** @throws where Kafka is away: the member is still to be taken out then */
  async #takeOut(): Promise<void> {
    const member = this.#member
    if (member === undefined) return
    await leaveGroup(this.options.connection, member)
    if (this.#member === member) this.#member = undefined
  }
}
