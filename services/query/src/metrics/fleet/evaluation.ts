import { setTimeout as wait } from 'node:timers/promises'
import { forAllCallers } from '../../http/caller.js'

/** For so long the last value stands where a newer one is late or fails: one bad moment of the store must not resolve alerts. */
export const HOLD_MS = 60_000

/** One evaluation for all scrapes, one at a time however slow it is, and kept for a while. */
export class Evaluation<T> {
  #value: { value: T; at: number } | undefined
  #running: Promise<T | undefined> | undefined
  /** Of the last that ended well. */
  seconds = 0
  /** Whether the last was there in time. */
  up = false

  /** @param holdMs how long an older value stands in for one that is late or fails */
  constructor(
    readonly name: string,
    private readonly keepMs: number,
    private readonly evaluate: (now: number) => Promise<T>,
    private readonly onError: (error: unknown) => void,
    private readonly holdMs = HOLD_MS,
  ) {}

  /** Undefined where there is none in time, and none before that still stands. What is late is there for the next scrape. */
  async read(now: number, patienceMs: number): Promise<T | undefined> {
    const before = this.#value
    if (before !== undefined && now - before.at < this.keepMs) return before.value
    this.#running ??= forAllCallers(() => this.#run(now)).finally(() => {
      this.#running = undefined
    })
    const late = new AbortController()
    const patience = wait(patienceMs, undefined, { signal: late.signal, ref: false }).catch(() => undefined)
    try {
      const value = await Promise.race([this.#running, patience])
      this.up = value !== undefined
      return value ?? (before !== undefined && now - before.at < this.holdMs ? before.value : undefined)
    } finally {
      late.abort()
    }
  }

  async #run(now: number): Promise<T | undefined> {
    const began = performance.now()
    try {
      const value = await this.evaluate(now)
      this.seconds = (performance.now() - began) / 1000
      this.#value = { value, at: now }
      return value
    } catch (error) {
      this.onError(error)
      return undefined
    }
  }
}
