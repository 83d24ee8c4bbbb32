import type { Chunk, DeliveredMessage, Topic } from '@headwater/contracts'

/** What happens to the messages of one topic. */
export interface Stage {
  readonly topic: Topic
  /**
   * Resolves when the messages are durable or put aside; those marked `broadcast` are only learnt from.
   * @param chunk where the bus keeps them together
   * @throws BusError where they have to come again
   */
  take(messages: readonly DeliveredMessage[], chunk?: Chunk): Promise<void>
}
