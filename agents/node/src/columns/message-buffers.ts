/** Below, a buffer costs less than to keep one. Sizes are multiples, so that batches of about the same size fit. */
const STEP_BYTES = 256 * 1024
/** One is sent while the next is filled. */
const KEPT = 2
/** A buffer so many times as large as what is asked for is left over from a burst. */
const TOO_LARGE = 4

/**
 * Buffers of large messages, used again once the bus has taken them: a new one for each makes V8 collect garbage all the time, and the kernel
 * clear its pages.
 */
export class MessageBuffers {
  #free: ArrayBuffer[] = []

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#free.reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  /** Room for a message, with whatever is in it. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    this.#free = this.#free.filter(({ byteLength }) => byteLength <= Math.max(bytes, STEP_BYTES) * TOO_LARGE)
    if (bytes < STEP_BYTES) return new Uint8Array(bytes)
    const fitting = this.#free.findIndex(({ byteLength }) => byteLength >= bytes)
    const [buffer] = fitting < 0 ? [] : this.#free.splice(fitting, 1)
    return new Uint8Array(buffer ?? new ArrayBuffer(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES), 0, bytes)
  }

  /** Nobody reads the message any more. */
  give({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (buffer.byteLength < STEP_BYTES) return
    if (this.#free.length === KEPT) this.#free.shift()
    this.#free.push(buffer)
  }
}
