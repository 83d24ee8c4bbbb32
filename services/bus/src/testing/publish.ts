import { setTimeout as wait } from 'node:timers/promises'
import { BusError, type BusMessage, type BusProducer } from '@headwater/contracts'

/** Publishes as an agent does: the same messages again while the error says that it may help. */
export async function publishUntilTaken(producer: BusProducer, messages: readonly BusMessage[]): Promise<void> {
  for (;;) {
    try {
      return await producer.publish(messages)
    } catch (error) {
      if (!(error instanceof BusError) || !error.retryable) throw error
      await wait(error.options.retryAfterMs ?? 50)
    }
  }
}
