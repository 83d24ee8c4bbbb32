import type { Memory } from '@headwater/contracts'

/** Appends to one growing buffer: little-endian numbers, LEB128 lengths, UTF-8 strings. */
export class BlockWriter {
  private buffer: Buffer
  private at = 0

  constructor(
    capacity: number,
    private readonly memory: Memory,
  ) {
    this.buffer = this.room(capacity)
  }

  varUint(value: number): void {
    this.reserve(10)
    let rest = value
    while (rest >= 0x80) {
      this.buffer[this.at++] = (rest & 0x7f) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.buffer[this.at++] = rest
  }

  uint64(value: bigint): void {
    this.reserve(8)
    this.at = this.buffer.writeBigUInt64LE(value, this.at)
  }

  string(text: string): void {
    const length = text.length
    this.reserve(10 + 3 * length)
    if (length < 43) {
      // At most 3 bytes per UTF-16 unit: the length fits one byte, which is written when it is known.
      const written = this.buffer.write(text, this.at + 1, 'utf8')
      this.buffer[this.at] = written
      this.at += 1 + written
    } else {
      this.varUint(Buffer.byteLength(text))
      this.at += this.buffer.write(text, this.at, 'utf8')
    }
  }

  bytes(view: ArrayBufferView): void {
    this.reserve(view.byteLength)
    this.buffer.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), this.at)
    this.at += view.byteLength
  }

  /**
   * Numbers below `end`, each in 1, 2 or 4 bytes (`width` 0, 1, 2).
   * @returns the place of the first that is not below `end`, else -1
   */
  indices(numbers: Int32Array, end: number, width: number): number {
    this.reserve(numbers.length << width)
    const { buffer } = this
    let { at } = this
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i] as number
      if (number < 0 || number >= end) return i
      buffer[at++] = number
      if (width > 0) buffer[at++] = number >> 8
      if (width > 1) {
        buffer[at++] = number >> 16
        buffer[at++] = number >> 24
      }
    }
    this.at = at
    return -1
  }

  /** The bytes written so far; the writer must not be used afterwards. */
  finish(): Uint8Array {
    return this.buffer.subarray(0, this.at)
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return
    const larger = this.room(Math.max(this.buffer.length * 2, this.at + bytes))
    this.buffer.copy(larger, 0, 0, this.at)
    this.buffer = larger
  }

  private room(bytes: number): Buffer {
    const { buffer, byteOffset, byteLength } = this.memory.take(Uint8Array, bytes)
    return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
  }
}
