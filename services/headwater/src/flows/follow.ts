import type { Flow } from '@headwater/contracts'

/** How far back each look goes beyond the newest row seen, in ms: rows of other nodes land later than their time says. */
export const OVERLAP_MS = 10_000

/** Tells rows that were seen from new ones, while looks overlap. */
export class Seen {
  readonly #rows = new Map<string, number>()
  #newest = 0

  /** @param now Unix ms: the clock of a node may be ahead, and looks must not begin where the others are not yet. */
  constructor(private readonly now: () => number = Date.now) {}

  /** Rows not seen before, oldest first. */
  take(newestFirst: readonly Flow[]): Flow[] {
    const fresh: Flow[] = []
    for (const flow of newestFirst) {
      const key = JSON.stringify(flow)
      if (!this.#rows.has(key)) fresh.push(flow)
      this.#rows.set(key, flow.time)
      this.#newest = Math.max(this.#newest, flow.time)
    }
    for (const [key, time] of this.#rows) if (time < this.#edge - 2 * OVERLAP_MS) this.#rows.delete(key)
    return fresh.reverse()
  }

  /** Where the next look begins; undefined before the first row. */
  get from(): string | undefined {
    return this.#newest === 0 ? undefined : String(this.#edge - OVERLAP_MS)
  }

  get #edge(): number {
    return Math.min(this.#newest, this.now())
  }
}
