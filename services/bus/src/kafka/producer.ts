import { BusError, type BusMessage, type BusProducer, MAX_MESSAGE_BYTES, type Topic } from '@headwater/contracts/bus'
import type { Message, Producer } from 'kafkajs'
import { type BusCounters, type Counting, Counts } from '../counters.js'
import { Availability } from '../runtime/availability.js'
import { sleep, unlessAborted } from '../runtime/backoff.js'
import { connectKafka, type KafkaConnection } from './client.js'
import { type Compression, compressionTypes } from './compression.js'
import { busErrorOf } from './errors.js'

export interface KafkaProducerOptions extends KafkaConnection {
  /** Default zstd. */
  compression?: Compression
  /** Attempts after the first of one publish, before BusError `unavailable`. Default 4. */
  retries?: number
}

/**
 * Publishes to Kafka with acks=-1, at least once. Not idempotent: kafkajs' idempotent producer can lose acknowledged records when a
 * request times out, so messages carry their own identity and ingest removes the copies.
 */
class KafkaProducer implements BusProducer, Counting {
  readonly #options: Required<Pick<KafkaProducerOptions, 'compression' | 'retries'>> & KafkaProducerOptions
  readonly #counts = new Counts()
  readonly #availability: Availability
  readonly #underWay = new Set<Promise<unknown>>()
  #producer: Producer | undefined
  #connected: Promise<void> | undefined
  #stopping = AbortSignal.abort()
  #stop = new AbortController()

  constructor(options: KafkaProducerOptions) {
    this.#options = { compression: 'zstd', retries: 4, ...options }
    this.#availability = new Availability(`Kafka ${options.brokers.join(',')}`, options.logger)
  }

  /** Resolves without a broker too: each publish connects where nothing is connected yet. */
  async start(): Promise<void> {
    this.#stop = new AbortController()
    this.#stopping = this.#stop.signal
    this.#producer = connectKafka(this.#options, this.#options.retries).producer({
      idempotent: false,
      allowAutoTopicCreation: false,
      maxInFlightRequests: 5,
    })
    this.#producer.on('producer.disconnect', () => {
      this.#connected = undefined
    })
  }

  async publish(messages: readonly BusMessage[]): Promise<void> {
    const sent = this.#send(messages)
    this.#underWay.add(sent)
    const stopped = () => new BusError('stopped', 'the producer is stopped')
    try {
      const done = await unlessAborted(
        sent.then(() => true),
        this.#stopping,
      )
      if (done === undefined) throw stopped()
      this.#availability.up()
      for (const message of messages) this.#counts.moved(message.value.byteLength)
    } catch (error) {
      const failure = error as BusError
      this.#counts.rejected(failure.code)
      if (failure.retryable) this.#availability.down(failure)
      throw error
    } finally {
      this.#underWay.delete(sent)
    }
  }

  /** What is under way may end within 2 s; whether the rest arrived is not known. */
  async stop(): Promise<void> {
    const producer = this.#producer
    if (producer === undefined) return
    this.#producer = undefined
    await Promise.race([Promise.allSettled(this.#underWay), sleep(2000)])
    this.#stop.abort()
    await Promise.race([producer.disconnect().catch(() => undefined), sleep(1000)])
    this.#connected = undefined
  }

  counters(): BusCounters {
    return this.#counts.counters()
  }

  async #send(messages: readonly BusMessage[]): Promise<void> {
    const producer = this.#producer
    if (producer === undefined) throw new BusError('stopped', 'the producer is stopped')
    const byTopic = new Map<Topic, Message[]>()
    for (const message of messages) {
      if (message.value.byteLength > MAX_MESSAGE_BYTES)
        throw new BusError('too-large', `${message.value.byteLength} bytes, allowed are ${MAX_MESSAGE_BYTES}`)
      const { buffer, byteOffset, byteLength } = message.value
      const value = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
      const list = byTopic.get(message.topic) ?? []
      list.push({ key: message.key, value, headers: message.headers ?? {} })
      byTopic.set(message.topic, list)
    }
    try {
      this.#connected ??= producer.connect()
      await this.#connected
    } catch (error) {
      this.#connected = undefined
      throw busErrorOf(error, 'connecting to Kafka')
    }
    try {
      await producer.sendBatch({
        acks: -1,
        timeout: 8_000,
        compression: compressionTypes[this.#options.compression],
        topicMessages: Array.from(byTopic, ([topic, list]) => ({ topic, messages: list })),
      })
    } catch (error) {
      throw busErrorOf(error, `publishing to ${[...byTopic.keys()].join(', ')}`)
    }
  }
}

export function createKafkaProducer(options: KafkaProducerOptions): BusProducer & Counting {
  return new KafkaProducer(options)
}
