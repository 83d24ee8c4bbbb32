import { setTimeout as wait } from 'node:timers/promises'
import { forAllCallers } from '../../http/caller.js'

/** How long a scrape waits for an evaluation: Prometheus gives up a scrape after 10 s, and with it all of its metrics. */
export const PATIENCE_MS = 4_000

/** One evaluation for all scrapes, one at a time however slow it is, and kept for a while. */
export class Evaluation<T> {
  #value: { value: T; at: number } | undefined
  #running: Promise<T | undefined> | undefined
  /** Of the last that ended well. */
  seconds = 0

  constructor(
    readonly name: string,
    private readonly keepMs: number,
    private readonly evaluate: (now: number) => Promise<T>,
    private readonly onError: (error: unknown) => void,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** Undefined where it fails, or is not there in time: then the next scrape may have it. */
  async read(now: number): Promise<T | undefined> {
    if (this.#value !== undefined && now - this.#value.at < this.keepMs) return this.#value.value
    this.#running ??= forAllCallers(() => this.#run(now)).finally(() => {
      this.#running = undefined
    })
    const late = new AbortController()
    const patience = wait(this.patienceMs, undefined, { signal: late.signal, ref: false }).catch(() => undefined)
    try {
      return await Promise.race([this.#running, patience])
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
