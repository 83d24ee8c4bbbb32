import type { DeliveredMessage } from '@headwater/contracts'
import { Injectable } from '@nestjs/common'

type Timed = Pick<DeliveredMessage, 'topic' | 'partition' | 'timestamp'>

const placeOf = ({ topic, partition }: Timed): string => `${topic}/${partition}`

/** What waits is tried again every few seconds: what is not has gone to another replica with its partition. */
const FORGET_MS = 120_000

/**
 * How long a message takes from the bus to the store: of the last that was stored, and while some are tried in vain the longest time that one of them
 * has waited. All times in Unix ms.
 */
@Injectable()
export class IngestLag {
  /** By partition, since several are handled at the same time. */
  readonly #waiting = new Map<string, { since: number; tried: number }>()
  #last = 0

  /** The message is tried now, for the first time or again. */
  begin(message: Timed, now = Date.now()): void {
    const place = placeOf(message)
    this.#waiting.set(place, { since: this.#waiting.get(place)?.since ?? message.timestamp, tried: now })
  }

  end(message: Timed, now = Date.now()): void {
    this.#waiting.delete(placeOf(message))
    this.#last = now - message.timestamp
  }

  seconds(now = Date.now()): number {
    let most = Math.max(0, this.#last)
    for (const [place, { since, tried }] of this.#waiting)
      if (now > tried + FORGET_MS) this.#waiting.delete(place)
      else most = Math.max(most, now - since)
    return most / 1000
  }
}
