import { BusError, type BusHandler, type DeliveredMessage } from '@headwater/contracts'
import type { TopicLag } from '../lag.js'

interface Waiting {
  message: DeliveredMessage
  done(error?: unknown): void
}

/**
 * Messages on their way to the handler, in the order they came, one handler call at a time. What has gathered while one call
 * was under way makes up the next call. Bounded by `admit`, in requests and bytes.
 */
export class HandlerQueue {
  #waiting: Waiting[] = []
  /** Those of the call under way. */
  #handled: Waiting[] = []
  readonly #topics = new Set<string>()
  #running: Promise<void> | undefined
  #requests = 0
  #bytes = 0

  constructor(
    private readonly handler: BusHandler,
    private readonly limits: { requests: number; bytes: number; perCall: number },
  ) {}

  /** Reserves room for a message of `bytes`. @returns how to give it back. @throws BusError backpressure */
  admit(bytes: number): () => void {
    if (this.#requests >= this.limits.requests || (this.#requests > 0 && this.#bytes + bytes > this.limits.bytes))
      throw new BusError('backpressure', `${this.#requests} messages (${this.#bytes} bytes) wait for the store`, {
        retryAfterMs: 200,
      })
    this.#requests += 1
    this.#bytes += bytes
    return () => {
      this.#requests -= 1
      this.#bytes -= bytes
    }
  }

  /** Resolves when the handler has made the message durable. */
  push(message: DeliveredMessage): Promise<void> {
    this.#topics.add(message.topic)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, done: (error) => (error === undefined ? resolve() : reject(error)) })
      this.#running ??= this.#run()
    })
  }

  /** Of the topics that have had a message, each of which is one partition. */
  lags(now = Date.now()): TopicLag[] {
    return [...this.#topics].map((topic) => {
      const waiting = [...this.#handled, ...this.#waiting].filter(({ message }) => message.topic === topic)
      const since = Math.min(now, ...waiting.map(({ message }) => message.timestamp))
      const lag = { messages: waiting.length, seconds: (now - since) / 1000 }
      return { topic, ...lag, partitions: [{ partition: 0, ...lag }] }
    })
  }

  /** Resolves when no call is under way and nothing waits. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const call = this.#waiting.splice(0, this.limits.perCall)
      this.#handled = call
      let failure: unknown
      try {
        await this.handler(call.map((w) => w.message))
      } catch (error) {
        failure = error ?? new Error('the handler rejected without a reason')
      }
      this.#handled = []
      for (const waiting of call) waiting.done(failure)
    }
    this.#running = undefined
  }
}
