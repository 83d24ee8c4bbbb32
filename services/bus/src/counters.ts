/** What went through one end of the bus since it was made. `rejected` is by BusErrorCode. */
export interface BusCounters {
  messages: number
  bytes: number
  retries: number
  rejected: Record<string, number>
}

/** A bus end that counts what it moves. */
export interface Counting {
  counters(): BusCounters
}

export class Counts implements Counting {
  readonly #counts: BusCounters = { messages: 0, bytes: 0, retries: 0, rejected: {} }

  moved(bytes: number): void {
    this.#counts.messages += 1
    this.#counts.bytes += bytes
  }

  retried(): void {
    this.#counts.retries += 1
  }

  rejected(code: string): void {
    this.#counts.rejected[code] = (this.#counts.rejected[code] ?? 0) + 1
  }

  counters(): BusCounters {
    return { ...this.#counts, rejected: { ...this.#counts.rejected } }
  }
}
