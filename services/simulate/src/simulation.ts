import { setTimeout as wait } from 'node:timers/promises'
import { BusError, type BusMessage, type BusProducer, type Component, type Logger } from '@headwater/contracts'
import type { Fleet, TrueMessage } from './fleet.js'
import { HEARTBEAT_MS } from './messages.js'
import { addTruth, noTruth, type Truth } from './truth.js'

export interface SimulationOptions {
  fleet: Fleet
  producer: BusProducer
  logger: Logger
  flowsPerSecond: number
  /** Time that a batch of each node covers, in ms. Default 1 s. */
  intervalMs?: number
  /** After this many ms it is over. Default: when it is stopped. */
  durationMs?: number
}

/** Messages that go to the bus at once. */
const AT_ONCE = 32
/** A bus that is behind by more than this gets no more than this at once: it would never catch up. */
const MOST_INTERVALS = 5

/** Sends what a fleet would send, in real time, and keeps the sums of what the bus took. */
export class Simulation implements Component {
  /** Of all that the bus took. */
  readonly truth: Truth = noTruth()
  /** Rows that were not made because the bus was behind. */
  rowsSkipped = 0
  readonly #stopping = new AbortController()
  #life: Promise<void> | undefined

  constructor(private readonly options: SimulationOptions) {}

  /** Resolves when the bus has the fleet's endpoints and first heartbeats. */
  async start(): Promise<void> {
    const { fleet, producer } = this.options
    await producer.start()
    await this.#publish([...fleet.endpoints(), ...fleet.heartbeats(Date.now())])
    this.#life = this.#live()
  }

  /** Resolves when its time is over. @throws BusError where the bus refuses what it sends */
  async ended(): Promise<void> {
    await this.#life
  }

  /** Ends with the last reports of a clean stop. */
  async stop(): Promise<void> {
    const { fleet, producer, logger } = this.options
    this.#stopping.abort()
    await this.#life?.catch(() => undefined)
    await producer
      .publish(fleet.heartbeats(Date.now(), true))
      .catch((error: Error) => logger.warn('the last reports did not go out', { reason: error.message }))
    await producer.stop()
  }

  async #live(): Promise<void> {
    const { fleet, flowsPerSecond, intervalMs = 1000, durationMs = Number.POSITIVE_INFINITY } = this.options
    const { signal } = this.#stopping
    const end = Date.now() + durationMs
    let [from, beat] = [Date.now(), Date.now()]
    while (!signal.aborted && from < end) {
      await wait(Math.max(0, from + intervalMs - Date.now()), undefined, { signal }).catch(() => undefined)
      const to = Math.min(Date.now(), end)
      const since = Math.max(from, to - MOST_INTERVALS * intervalMs)
      this.rowsSkipped += Math.round(((since - from) / 1000) * flowsPerSecond)
      await this.#send(fleet.traffic(Math.round(((to - since) / 1000) * flowsPerSecond), since, to))
      from = to
      if (to - beat < HEARTBEAT_MS) continue
      await this.#publish(fleet.heartbeats(to))
      beat = to
    }
  }

  async #send(made: readonly TrueMessage[]): Promise<void> {
    for (let at = 0; at < made.length; at += AT_ONCE) {
      const part = made.slice(at, at + AT_ONCE)
      if (await this.#publish(part.map((m) => m.message))) for (const { truth } of part) addTruth(this.truth, truth)
    }
  }

  /** The same messages again while the error says that it may help: each is with the bus once or more. @returns false where stopped before */
  async #publish(messages: readonly BusMessage[]): Promise<boolean> {
    const { producer, logger } = this.options
    for (let at = 0; at < messages.length; ) {
      const part = messages.slice(at, at + AT_ONCE)
      try {
        await producer.publish(part)
        at += part.length
      } catch (error) {
        if (!(error instanceof BusError) || !error.retryable) throw error
        if (this.#stopping.signal.aborted) return false
        logger.debug('the bus did not take messages, trying again', { reason: error.message })
        await wait(error.options.retryAfterMs ?? 200, undefined, { signal: this.#stopping.signal }).catch(
          () => undefined,
        )
      }
    }
    return true
  }
}
