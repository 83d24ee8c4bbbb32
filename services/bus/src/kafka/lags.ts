/** How far a consumer is behind on a topic: of the partitions that it has. */
export interface TopicLag {
  topic: string
  /** On the bus by the newest fetch, and not handled yet. */
  messages: number
  /** Age of the oldest of them, of the partition where that is greatest; 0 where there is none. */
  seconds: number
}

interface Place {
  topic: string
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
    const place = { topic, end: BigInt(highWatermark), next: BigInt(first.offset), since: Number(first.timestamp) }
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
    for (const { topic, end, next, since } of this.#places.values()) {
      const lag = lags.get(topic) ?? { topic, messages: 0, seconds: 0 }
      lags.set(topic, lag)
      if (end <= next) continue
      lag.messages += Number(end - next)
      lag.seconds = Math.max(lag.seconds, (now - since) / 1000)
    }
    return [...lags.values()]
  }
}
