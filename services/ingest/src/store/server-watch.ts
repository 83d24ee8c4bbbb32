import { setTimeout as wait } from 'node:timers/promises'
import { type StoreClient, serverStart } from '@headwater/store'
import { FUTURE_MS } from '../clock/clock.js'

/** How exactly a start is known, and how often it is asked for that: what the server says is up to a second late. */
const EXACT_MS = 100
const ASK_EVERY_MS = 40
const MOST_ASKED = 30
/** Two runs are further apart: to know the start of the first takes that long. */
const SAME_MS = 500

/**
 * Knows which run of an outside server answers, by when it was started. It takes a second to find out, at first and after each time
 * that the server did not answer.
 */
export class ServerWatch {
  #start: Promise<number> | undefined

  constructor(private readonly store: StoreClient) {}

  /** Start of the run that answers, in Unix ms. @throws StoreError */
  start(): Promise<number> {
    if (this.#start === undefined) {
      const asked = this.#ask()
      asked.catch(() => this.lost())
      this.#start = asked
    }
    return this.#start
  }

  /** It did not answer: it may be another run that will. */
  lost(): void {
    this.#start = undefined
  }

  isSame(start: number, other: number): boolean {
    return Math.abs(start - other) < SAME_MS
  }

  /** Names a run, in tokens. */
  nameOf(start: number): number {
    return Math.round(start / SAME_MS)
  }

  /** Whether rows up to that time, by an agent's clock, may have been sent to an earlier run. */
  mayHaveSeenBefore(toMs: number, start: number): boolean {
    return toMs < start + FUTURE_MS
  }

  async #ask(): Promise<number> {
    let [first, last] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    for (let asked = 0; last - first > EXACT_MS && asked < MOST_ASKED; asked++) {
      if (asked > 0) await wait(ASK_EVERY_MS)
      const told = await serverStart(this.store)
      first = Math.max(first, told - 1000)
      last = Math.min(last, told)
      // Another run, or its clock was set.
      if (first > last) [first, last] = [told - 1000, told]
    }
    return last
  }
}
