import { RecordBatch } from './records.js'
import type { Layout, Records } from './types.js'

/** The kernel puts this before each record of a ring (BPF_RINGBUF_HDR_SZ). */
const RECORD_HEADER_BYTES = 8

/** Fills `into` with records, tells in `malformed[0]` how many of another length it passed by, and gives the number of records. */
export type DrainRing = (into: Uint8Array, malformed: Uint32Array) => number

/**
 * Reads a ring into one buffer that is filled anew each time, with views that stand: a new buffer for each read would make V8 collect
 * garbage all the time.
 */
export class RingReader {
  readonly #layout: Layout
  readonly #most: number
  readonly #drain: DrainRing
  readonly #malformed = new Uint32Array(1)
  #records: RecordBatch | undefined
  #into = new Uint8Array(0)

  /** @param ringBytes size of the ring: no more records are in it than that */
  constructor(layout: Layout, ringBytes: number, drain: DrainRing) {
    this.#layout = layout
    this.#most = Math.max(1, Math.floor(ringBytes / (layout.stride + RECORD_HEADER_BYTES)))
    this.#drain = drain
  }

  /** At most `maxRecords`; undefined where there are none. What it gave before is no more. */
  read(maxRecords: number): Records | undefined {
    const room = Math.min(maxRecords, this.#most)
    const { stride } = this.#layout
    if (this.#records === undefined || this.#records.buffer.byteLength < room * stride) {
      this.#records = new RecordBatch(this.#layout, new ArrayBuffer(room * stride), 0)
    }
    if (this.#into.buffer !== this.#records.buffer || this.#into.length !== room * stride) {
      this.#into = new Uint8Array(this.#records.buffer, 0, room * stride)
    }
    this.#records.length = this.#drain(this.#into, this.#malformed)
    return this.#records.length === 0 ? undefined : this.#records
  }

  /** Bytes of a record. */
  get stride(): number {
    return this.#layout.stride
  }

  /** Records of another length that the last read passed by. */
  get malformed(): number {
    return this.#malformed[0] ?? 0
  }
}
