import type { Component, Logger } from '@headwater/contracts/runtime'
import { untilSignal } from './signals.js'

/** A clean stop takes no longer, in ms. */
const STOP_MS = 4_500

/**
 * Starts the parts of a role in order, works until Ctrl-C or until a part fails, and stops them in reverse.
 * @param failed rejects when a part fails for good
 */
export async function runParts(parts: readonly Component[], logger: Logger, failed: Promise<never>): Promise<number> {
  const signal = untilSignal(logger)
  const started: Component[] = []
  failed.catch(() => undefined)
  const start = async () => {
    for (const part of parts) {
      started.unshift(part)
      await part.start()
    }
    logger.info('ready')
    return new Promise<never>(() => undefined)
  }
  try {
    await Promise.race([start(), signal, failed])
    return 0
  } finally {
    const late = setTimeout(() => {
      logger.error(`not stopped within ${STOP_MS} ms: ended`)
      process.exit(1)
    }, STOP_MS)
    for (const part of started) await part.stop().catch((error: Error) => logger.warn(`stop: ${error.message}`))
    clearTimeout(late)
    logger.info('stopped')
  }
}
