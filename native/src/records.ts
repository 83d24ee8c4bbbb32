import type { Field, Layout, Records, StridedColumn } from './types.js'

const decoder = new TextDecoder('utf-8')
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g

/** Views over the records in `buffer`, which hold `length` strides of `layout`. */
export class RecordBatch implements Records {
  readonly stride: number
  readonly #fields: ReadonlyMap<string, Field>
  readonly #u8: Uint8Array
  readonly #u16: Uint16Array
  readonly #u32: Uint32Array
  #u64: BigUint64Array | undefined

  constructor(
    layout: Layout,
    readonly buffer: ArrayBuffer,
    /** Of a buffer that is filled anew, as many as it then holds. */
    public length: number,
  ) {
    const bytes = length * layout.stride
    if (!Number.isInteger(length) || length < 0 || bytes > buffer.byteLength)
      throw new RangeError(
        `${length} records of ${layout.stride} bytes are more than the ${buffer.byteLength} bytes that there are`,
      )
    this.stride = layout.stride
    this.#fields = fieldsOf(layout)
    this.#u8 = new Uint8Array(buffer)
    this.#u16 = new Uint16Array(buffer)
    this.#u32 = new Uint32Array(buffer)
  }

  u8(name: string): StridedColumn<Uint8Array> {
    return this.#column(name, 'u8', this.#u8)
  }

  u16(name: string): StridedColumn<Uint16Array> {
    return this.#column(name, 'u16', this.#u16)
  }

  u32(name: string): StridedColumn<Uint32Array> {
    return this.#column(name, 'u32', this.#u32)
  }

  // The low word comes first: the kernel's BPF objects and Node's builds that can load them are little-endian.
  u64(name: string): { lo: StridedColumn<Uint32Array>; hi: StridedColumn<Uint32Array> } {
    const first = this.#field(name, 'u64').offset / 4
    const step = this.stride / 4
    return { lo: { array: this.#u32, first, step }, hi: { array: this.#u32, first: first + 1, step } }
  }

  u64Big(name: string): StridedColumn<BigUint64Array> {
    this.#u64 ??= new BigUint64Array(this.buffer)
    return this.#column(name, 'u64', this.#u64)
  }

  bytes(name: string, i: number): Uint8Array {
    const field = this.#field(name, 'bytes')
    const start = this.#start(field, i)
    return this.#u8.subarray(start, start + field.size)
  }

  string(name: string, i: number): string {
    const field = this.#field(name, 'string')
    const start = this.#start(field, i)
    const end = this.#u8.indexOf(0, start)
    const stop = end < 0 || end > start + field.size ? start + field.size : end
    return decoder.decode(this.#u8.subarray(start, stop)).replace(CONTROL, '\ufffd')
  }

  #column<A extends { BYTES_PER_ELEMENT: number }>(name: string, kind: Field['kind'], array: A): StridedColumn<A> {
    const { offset } = this.#field(name, kind)
    return { array, first: offset / array.BYTES_PER_ELEMENT, step: this.stride / array.BYTES_PER_ELEMENT }
  }

  #field(name: string, kind: Field['kind']): Field {
    const field = this.#fields.get(name)
    if (field?.kind !== kind) throw new TypeError(`records have no ${kind} field ${name}`)
    return field
  }

  #start(field: Field, i: number): number {
    if (!Number.isInteger(i) || i < 0 || i >= this.length) throw new RangeError(`record ${i} of ${this.length}`)
    return i * this.stride + field.offset
  }
}

const known = new WeakMap<Layout, ReadonlyMap<string, Field>>()

function fieldsOf(layout: Layout): ReadonlyMap<string, Field> {
  let fields = known.get(layout)
  if (!fields) {
    fields = new Map(layout.fields.map((field) => [field.name, field]))
    known.set(layout, fields)
  }
  return fields
}
