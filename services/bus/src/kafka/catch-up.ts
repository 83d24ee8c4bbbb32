import type { Logger, Topic } from '@headwater/contracts'
import { sleep } from '../runtime/backoff.js'
import { connectKafka, type KafkaConnection } from './client.js'

const place = (topic: string, partition: number): string => `${topic}/${partition}`

/** Knows when the topics that are read whole have been read up to where they ended when reading began. */
export class CatchUp {
  readonly #reached = new AbortController()

  /** @param left last offset of each partition that is not empty */
  private constructor(private readonly left: Map<string, bigint>) {
    if (left.size === 0) this.#reached.abort()
  }

  static async upToNow(connection: KafkaConnection, topics: readonly Topic[]): Promise<CatchUp> {
    const left = new Map<string, bigint>()
    const admin = connectKafka(connection, 2).admin()
    try {
      await admin.connect()
      for (const topic of topics)
        for (const { partition, high, low } of await admin.fetchTopicOffsets(topic))
          if (high !== low) left.set(place(topic, partition), BigInt(high) - 1n)
    } finally {
      await admin.disconnect().catch(() => undefined)
    }
    return new CatchUp(left)
  }

  readonly delivered = (topic: string, partition: number, last: bigint): void => {
    const target = this.left.get(place(topic, partition))
    if (target === undefined || last < target) return
    this.left.delete(place(topic, partition))
    if (this.left.size === 0) this.#reached.abort()
  }

  /** Resolves when all is read, at the latest after `limitMs` or when `stopping` fires. */
  async wait(limitMs: number, stopping: AbortSignal, logger: Logger): Promise<void> {
    await sleep(limitMs, AbortSignal.any([this.#reached.signal, stopping]))
    if (this.left.size > 0 && !stopping.aborted)
      logger.warn('Kafka: went on before these were read whole', { partitions: [...this.left.keys()] })
  }
}
