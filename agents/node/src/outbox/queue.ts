import type { BusMessage } from '@headwater/contracts'

/** What is published in one go: the messages of one flush, of one kind. */
export interface Parcel {
  kind: 'flows' | 'dns' | 'endpoints' | 'report'
  messages: BusMessage[]
  /** Flow rows in it, or rows of DNS. */
  rows: number
  /** To be called once the bus has taken it: the memory of its messages is used again. */
  recycle?: () => void
}

/** Memory beside the message itself: objects, headers, the view. */
const OVERHEAD_BYTES = 512

/** Bytes that a parcel holds in the queue. */
export const parcelBytes = (p: Parcel): number =>
  p.messages.reduce((sum, m) => sum + m.value.byteLength + OVERHEAD_BYTES, 0)

/** First in, first out, bounded in bytes: where a new parcel has no room the oldest one that is not being sent goes. */
export class ParcelQueue {
  bytes = 0
  #parcels: Parcel[] = []
  #sending = 0

  constructor(
    readonly maxBytes: number,
    private readonly onDrop: (parcel: Parcel) => void,
  ) {}

  get length(): number {
    return this.#parcels.length
  }

  get rows(): number {
    return this.#parcels.reduce((sum, p) => sum + p.rows, 0)
  }

  push(parcel: Parcel): void {
    const bytes = parcelBytes(parcel)
    while (this.bytes + bytes > this.maxBytes && this.#parcels.length > this.#sending) {
      const [oldest] = this.#parcels.splice(this.#sending, 1) as [Parcel]
      this.bytes -= parcelBytes(oldest)
      this.onDrop(oldest)
    }
    if (this.bytes + bytes > this.maxBytes) {
      this.onDrop(parcel)
      return
    }
    this.#parcels.push(parcel)
    this.bytes += bytes
  }

  /**
   * The oldest parcels, at most `count` and `maxBytes` (but one at least), held until `settle`. All of one kind: a bus keeps no
   * order between the topics of one publish, and endpoints go before the rows that they explain.
   */
  take(count: number, maxBytes: number): Parcel[] {
    let bytes = 0
    let n = 0
    for (const parcel of this.#parcels) {
      bytes += parcelBytes(parcel)
      if (n > 0 && (n >= count || bytes > maxBytes || parcel.kind !== this.#parcels[0]?.kind)) break
      n++
    }
    this.#sending = n
    return this.#parcels.slice(0, n)
  }

  /** Empties the queue, of what is being sent too. */
  clear(): Parcel[] {
    this.bytes = 0
    this.#sending = 0
    return this.#parcels.splice(0)
  }

  /** Ends a `take`: its parcels leave the queue, or stay at its head. */
  settle(leave: boolean): void {
    const n = this.#sending
    this.#sending = 0
    if (!leave) return
    for (const parcel of this.#parcels.splice(0, n)) this.bytes -= parcelBytes(parcel)
  }
}
