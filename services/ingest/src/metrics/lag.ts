import { Injectable } from '@nestjs/common'

/**
 * How long a message takes from the bus to the store: of the last that was stored, and while one is tried in vain the time that it has
 * waited. All times in Unix ms.
 */
@Injectable()
export class IngestLag {
  #waitsSince: number | undefined
  #last = 0

  /** @param timestamp at which the bus took the message that is tried now */
  begin(timestamp: number): void {
    this.#waitsSince ??= timestamp
  }

  end(timestamp: number, now = Date.now()): void {
    this.#waitsSince = undefined
    this.#last = now - timestamp
  }

  seconds(now = Date.now()): number {
    const waits = this.#waitsSince === undefined ? 0 : now - this.#waitsSince
    return Math.max(0, this.#last, waits) / 1000
  }
}
