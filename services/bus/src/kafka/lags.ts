import type { TopicLag } from '../lag.js'

interface Place {
  topic: string
  partition: number
  /** Offset after the last message on the bus. */
  end: bigint
  /** Of the next message to be handled. */
  next: bigint
  /** When the bus took that one, or the one before, where it has not been fetched yet. Unix ms. */
  since: number
}

type Message = { offset: string; timestamp: string }

/** What is known of a consumer's lag, from what it fetches anyway: brokers are not asked. */
export class Lags {
  readonly #places = new Map<string, Place>()

  fetched(topic: string, partition: number, highWatermark: string, [first]: readonly Message[]): void {
    if (first === undefined) return
    const place = {
      topic,
      partition,
      end: BigInt(highWatermark),
      next: BigInt(first.offset),
      since: Number(first.timestamp),
    }
    this.#places.set(`${topic}/${partition}`, place)
  }

  done(topic: string, partition: number, { offset, timestamp }: Message): void {
    const place = this.#places.get(`${topic}/${partition}`)
    if (place === undefined) return
    place.next = BigInt(offset) + 1n
    place.since = Number(timestamp)
  }

  /** Partitions are shared out anew: those of before may be another's. */
  clear(): void {
    this.#places.clear()
  }

  topics(now = Date.now()): TopicLag[] {
    const lags = new Map<string, TopicLag>()
    for (const { topic, partition, end, next, since } of this.#places.values()) {
      const behind = end > next
      const messages = behind ? Number(end - next) : 0
      const seconds = behind ? Math.max(0, (now - since) / 1000) : 0
      const lag = lags.get(topic) ?? { topic, messages: 0, seconds: 0, partitions: [] }
      lags.set(topic, lag)
      lag.messages += messages
      lag.seconds = Math.max(lag.seconds, seconds)
      lag.partitions.push({ partition, messages, seconds })
    }
    return [...lags.values()]
  }
}
