import { setTimeout as wait } from 'node:timers/promises'
import { connectKafka } from '../kafka/client.js'
import { silentLogger as logger } from './logger.js'

/**
 * Resolves once a broker leads each partition of topics that have just been made. Before, a publish fails in part and is sent again, so that the log has
 * some messages twice. @throws Error of the last look, after 30 s
 */
export async function untilLed(brokers: readonly string[], topics: readonly string[]): Promise<void> {
  const admin = connectKafka({ brokers, logger }, 3).admin()
  await admin.connect()
  try {
    for (const topic of topics)
      for (const since = Date.now(); ; await wait(50)) {
        // It asks the leaders themselves: metadata names them earlier.
        const failure = await admin.fetchTopicOffsets(topic).then(
          () => undefined,
          (error: Error) => error,
        )
        if (failure === undefined) break
        if (Date.now() - since > 30_000) throw failure
      }
  } finally {
    await admin.disconnect()
  }
}
