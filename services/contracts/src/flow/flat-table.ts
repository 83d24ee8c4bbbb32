/**
 * Reads FlatBuffers (https://flatbuffers.dev/internals/) as Arrow's metadata needs them, without an object for each table. Positions are bytes
 * from the beginning of `view`; what lies beyond its end throws RangeError.
 *
 *     table  = i32 distance back to its vtable, fields
 *     vtable = u16 its bytes, u16 bytes of the table, u16 place of each field in the table (0: absent)
 *     string = u32 length, bytes; vector = u32 length, elements; both are pointed to by a u32 distance ahead
 */
export class FlatTables {
  /** Behind the last byte that may be of a text. */
  end = 0

  constructor(readonly view: DataView) {}

  /** The table whose distance lies at `at`, as do strings and vectors. */
  ahead(at: number): number {
    return at + this.view.getUint32(at, true)
  }

  /** Place of a field, by its number in the schema; 0 where it is absent and has its default. */
  field(table: number, number: number): number {
    const vtable = table - this.view.getInt32(table, true)
    const slot = 4 + 2 * number
    if (slot >= this.view.getUint16(vtable, true)) return 0
    const place = this.view.getUint16(vtable + slot, true)
    return place === 0 ? 0 : table + place
  }

  /** Place of the table, string or vector in a field; 0 where it is absent. */
  inField(table: number, number: number): number {
    const at = this.field(table, number)
    return at === 0 ? 0 : this.ahead(at)
  }

  byte(table: number, number: number): number {
    const at = this.field(table, number)
    return at === 0 ? 0 : this.view.getUint8(at)
  }

  short(table: number, number: number): number {
    const at = this.field(table, number)
    return at === 0 ? 0 : this.view.getInt16(at, true)
  }

  int(table: number, number: number): number {
    const at = this.field(table, number)
    return at === 0 ? 0 : this.view.getInt32(at, true)
  }

  long(table: number, number: number): number {
    const at = this.field(table, number)
    return at === 0 ? 0 : this.longAt(at)
  }

  /** A number of 64 bits that is a size or an id: -1 where it is not below 2^31. */
  longAt(at: number): number {
    return this.view.getInt32(at + 4, true) === 0 ? this.view.getInt32(at, true) : -1
  }

  /** Whether a field holds no vector, or one of nothing. */
  isEmpty(table: number, number: number): boolean {
    const at = this.inField(table, number)
    return at === 0 || this.length(at) === 0
  }

  /** Length of a vector or string; what is there lies behind it. */
  length(at: number): number {
    return this.view.getUint32(at, true)
  }

  /** The bytes of a string. @throws RangeError where they are not all there */
  bytes(at: number): Uint8Array {
    const length = this.length(at)
    if (at + 4 + length > this.end) throw new RangeError(`a text of ${length} bytes`)
    return new Uint8Array(this.view.buffer as ArrayBuffer, this.view.byteOffset + at + 4, length)
  }
}
