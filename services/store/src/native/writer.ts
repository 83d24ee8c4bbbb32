import type { Memory } from '@headwater/contracts'

/** Appends to one buffer, which grows where it must: little-endian numbers, LEB128 lengths, UTF-8 strings. */
export class BlockWriter {
  private buffer: Buffer
  private view: DataView
  private at = 0

  constructor(
    capacity: number,
    private readonly memory: Memory,
  ) {
    this.buffer = this.room(capacity)
    this.view = viewOf(this.buffer)
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
    const bytes = view instanceof Uint8Array ? view : new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    this.buffer.set(bytes, this.at)
    this.at += view.byteLength
  }

  /**
   * Where lists end, each in 8 bytes.
   * @param offsets of the first to the one behind the last
   * @param items of the lists before
   * @returns those before the next
   */
  ends(offsets: Int32Array, items: number): number {
    this.reserve(offsets.length * 8)
    const { view } = this
    let { at } = this
    const base = items - (offsets[0] as number)
    let end = items
    for (let i = 1; i < offsets.length; i++) {
      end = base + (offsets[i] as number)
      view.setUint32(at, end, true)
      view.setUint32(at + 4, 0)
      at += 8
    }
    this.at = at
    return end
  }

  /**
   * What `places` has at these indices, each in 1, 2 or 4 bytes (`width` 0, 1, 2).
   * @returns the number of the first index that is outside of it, else -1
   */
  indices(indices: Int32Array, places: Int32Array, width: 0 | 1 | 2): number {
    this.reserve(indices.length << width)
    const { buffer, view, at } = this
    const end = places.length
    const rows = indices.length
    // One loop for each width: this is most of what a block costs.
    if (end === 1 && width === 0) {
      let any = 0
      for (let i = 0; i < rows; i++) any |= indices[i] as number
      if (any !== 0) return indices.findIndex((index) => index !== 0)
      buffer.fill(places[0] as number, at, at + rows)
    } else if (width === 0)
      for (let i = 0; i < rows; i++) {
        const index = indices[i] as number
        if (index >>> 0 >= end) return i
        buffer[at + i] = places[index] as number
      }
    else if (width === 1)
      for (let i = 0; i < rows; i++) {
        const index = indices[i] as number
        if (index >>> 0 >= end) return i
        view.setUint16(at + 2 * i, places[index] as number, true)
      }
    else
      for (let i = 0; i < rows; i++) {
        const index = indices[i] as number
        if (index >>> 0 >= end) return i
        view.setUint32(at + 4 * i, places[index] as number, true)
      }
    this.at = at + (rows << width)
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
    this.view = viewOf(larger)
  }

  private room(bytes: number): Buffer {
    const { buffer, byteOffset, byteLength } = this.memory.take(Uint8Array, bytes)
    return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView => new DataView(buffer, byteOffset, byteLength)
