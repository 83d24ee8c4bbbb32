import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { type BusHandler, type BusMessage, type DeliveredMessage, type Logger, topics } from '@headwater/contracts'

export { silentLogger } from '../src/testing/logger.js'
export { publishUntilTaken } from '../src/testing/publish.js'

/** A logger that keeps what it is told at info and above. */
export function recordingLogger(): Logger & { lines: string[] } {
  const lines: string[] = []
  const add = (message: string) => void lines.push(message)
  const logger = { lines, debug() {}, info: add, warn: add, error: add, child: () => logger }
  return logger
}

/** Resolves when the condition holds. @throws Error that names what did not happen */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 30_000,
): Promise<void> {
  for (const since = Date.now(); !(await condition()); await wait(20))
    if (Date.now() - since > limitMs) throw new Error(`after ${limitMs} ms still not: ${what}`)
}

/** Messages of one test: others on the same topics are not seen by it. */
export class TestMessages {
  readonly run = randomUUID()
  readonly received: DeliveredMessage[] = []

  make(key: string, text: string | Uint8Array, headers?: Record<string, string>): BusMessage {
    const value = typeof text === 'string' ? new TextEncoder().encode(text) : text
    return { topic: topics.flows, key: `${this.run} ${key}`, value, ...(headers === undefined ? {} : { headers }) }
  }

  /** A handler that is called with this test's messages only. What it takes is added to `received`. */
  handler(take: (messages: readonly DeliveredMessage[]) => Promise<void> = async () => undefined): BusHandler {
    return async (messages) => {
      const mine = messages.filter((m) => m.key.startsWith(this.run))
      if (mine.length === 0) return
      await take(mine)
      this.received.push(...mine)
    }
  }

  texts(key?: string): string[] {
    const mine = key === undefined ? this.received : this.received.filter((m) => m.key === `${this.run} ${key}`)
    return mine.map((m) => new TextDecoder().decode(m.value))
  }

  /** Without those that came again. */
  distinct(key?: string): string[] {
    return [...new Set(this.texts(key))]
  }
}
