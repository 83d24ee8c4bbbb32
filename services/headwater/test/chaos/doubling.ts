import { type BusMessage, type BusProducer, topics } from '@headwater/contracts'

/**
 * A producer whose answers get lost now and then: what it has published it publishes again, at once or after what came next, as an agent does that
 * heard no answer.
 */
export class DoublingProducer implements BusProducer {
  /** Batches that went out twice. */
  doubled = 0
  #later: BusMessage[] = []
  #count = 0

  constructor(
    private readonly producer: BusProducer,
    private readonly every: number,
  ) {}

  start(): Promise<void> {
    return this.producer.start()
  }

  stop(): Promise<void> {
    return this.producer.stop()
  }

  async publish(messages: readonly BusMessage[]): Promise<void> {
    await this.producer.publish(messages)
    const again = this.#later
    // Copies: who published them may write the next ones where they were.
    this.#later = messages
      .filter((m) => m.topic === topics.flows && this.#count++ % this.every === 0)
      .map((m) => ({ ...m, value: m.value.slice() }))
    if (again.length === 0) return
    await this.producer.publish(again).catch(() => undefined)
    this.doubled += again.length
  }
}
