const FIRST_MS = 200
const LONGEST_MS = 15_000

/** Waits between attempts: doubling from 0.2 s to 15 s, the upper half of each drawn at random, so that agents do not come back in step. */
export class Backoff {
  #attempt = 0

  constructor(private readonly random: () => number = Math.random) {}

  /** Milliseconds to the next attempt. @param atLeastMs what the other side asked for */
  next(atLeastMs = 0): number {
    const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#attempt++, 20))
    return Math.round(Math.max(full * (0.5 + 0.5 * this.random()), atLeastMs * (1 + 0.2 * this.random())))
  }

  reset(): void {
    this.#attempt = 0
  }
}
