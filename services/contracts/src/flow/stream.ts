import { MAX_BATCH_ROWS } from './bounds.js'
import { type ColumnArrays, type ColumnData, type ColumnKind, emptyColumn } from './column.js'
import { META_KEY, type Table } from './encode.js'
import { fieldsOf } from './fields.js'
import { FlatTables } from './flat-table.js'
import { Texts } from './texts.js'

/** Of Message.fbs: version V5, and what a message is. */
const V5 = 4
const [SCHEMA, DICTIONARY, RECORDS] = [1, 2, 3]
const CONTINUATION = -1

/** A column that the message has, or one that it has and the table has not: `name` is then undefined. */
export interface Field {
  name: string | undefined
  kind: ColumnKind
  /** Id of its dictionary; -1 for none. */
  dictionary: number
}

export interface Streamed<N extends string> {
  rows: number
  /** The schema's own, as JSON. */
  meta: string | undefined
  columns: { [P in N]: ColumnData }
  unknown: string[]
  missing: N[]
}

const texts = new Texts()

/** What is not as agents write it. */
class Unusual extends Error {}

function want(condition: boolean): asserts condition {
  if (!condition) throw new Unusual()
}

const makers = {
  bool: Uint8Array,
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  u64: BigUint64Array,
  time: BigInt64Array,
  ip: Uint8Array,
} as const

/** The messages of one stream, one after the other. */
class Reader {
  readonly #flat: FlatTables
  readonly #bytes: Uint8Array
  #at = 0
  #body = 0
  #bodyEnd = 0
  /** Of the message: what it is, and the table that says it. */
  type = 0
  header = 0
  /** Of the record batch: its nodes and buffers, and how many of them were taken. */
  #nodes = 0
  #buffers = 0
  #rows = 0

  constructor(bytes: Uint8Array) {
    // Columns are views, at addresses of their own size.
    this.#bytes = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
    this.#flat = new FlatTables(new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length))
  }

  get flat(): FlatTables {
    return this.#flat
  }

  /**
   * The next message: i32 -1, i32 bytes of its metadata, metadata, body.
   * @returns false at the end: there is no more, or 0 bytes of metadata
   */
  next(): boolean {
    const { view } = this.#flat
    if (this.#at === view.byteLength) return false
    want(view.getInt32(this.#at, true) === CONTINUATION)
    const length = view.getInt32(this.#at + 4, true)
    if (length === 0) return false
    const message = this.#flat.ahead(this.#at + 8)
    this.#body = this.#at + 8 + length
    this.#flat.end = this.#body
    want(length > 0 && this.#body % 8 === 0 && this.#flat.short(message, 0) === V5)
    this.type = this.#flat.byte(message, 1)
    this.header = this.#flat.inField(message, 2)
    const bodyLength = this.#flat.long(message, 3)
    this.#bodyEnd = this.#body + bodyLength
    want(bodyLength >= 0 && this.header !== 0 && this.#bodyEnd <= view.byteLength && this.#flat.isEmpty(message, 4))
    this.#at = this.#bodyEnd
    return true
  }

  /** Begins to read a record batch of so many nodes and buffers, not compressed. @returns its rows */
  begin(batch: number, nodes: number, buffers: number): number {
    const flat = this.#flat
    const [allNodes, allBuffers] = [flat.inField(batch, 1), flat.inField(batch, 2)]
    want(allNodes !== 0 && allBuffers !== 0 && flat.field(batch, 3) === 0 && flat.isEmpty(batch, 4))
    want(flat.length(allNodes) === nodes && flat.length(allBuffers) === buffers)
    this.#nodes = allNodes + 4
    this.#buffers = allBuffers + 4
    this.#rows = flat.long(batch, 0)
    return this.#rows
  }

  /** The next node: i64 length, i64 nulls, of which there must be none. @returns its length */
  node(): number {
    const length = this.#flat.longAt(this.#nodes)
    want(length >= 0 && this.#flat.longAt(this.#nodes + 8) === 0)
    this.#nodes += 16
    return length
  }

  skipNode(): void {
    want(this.node() === this.#rows)
  }

  /** The next buffer: i64 place in the body, i64 bytes. @returns where it is in the message, and the room there */
  buffer(atLeast: number): number {
    const place = this.#flat.longAt(this.#buffers)
    const length = this.#flat.longAt(this.#buffers + 8)
    this.#buffers += 16
    want(place >= 0 && place % 8 === 0 && length >= atLeast && this.#body + place + length <= this.#bodyEnd)
    this.room = length
    return this.#body + place
  }

  room = 0

  /** That of what is null: of nothing. */
  noBuffer(): void {
    this.buffer(0)
    want(this.room === 0)
  }

  view<T>(type: { new (buffer: ArrayBuffer, at: number, length: number): T }, at: number, length: number): T {
    return new type(this.#bytes.buffer as ArrayBuffer, this.#bytes.byteOffset + at, length)
  }

  /** Texts of a dictionary. */
  texts(batch: number): string[] {
    this.begin(batch, 1, 3)
    const length = this.node()
    want(length > 0 && length === this.#rows)
    this.noBuffer()
    const offsets = this.view(Int32Array, this.buffer((length + 1) * 4), length + 1)
    const at = this.buffer(0)
    const values = new Array<string>(length)
    let last = offsets[0] as number
    want(last >= 0)
    for (let i = 0; i < length; i++) {
      const end = offsets[i + 1] as number
      want(end >= last && end <= this.room)
      values[i] = texts.read(this.#bytes, at + last, at + end)
      last = end
    }
    return values
  }

  column(kind: ColumnKind, dictionary: string[] | undefined): ColumnData {
    const rows = this.#rows
    this.skipNode()
    this.noBuffer()
    if (kind === 'string') {
      want(dictionary !== undefined)
      const indices = this.view(Int32Array, this.buffer(rows * 4), rows)
      const end = dictionary.length
      // An index below 0 is a large one so.
      for (let row = 0; row < rows; row++) want((indices[row] as number) >>> 0 < end)
      return { indices, values: dictionary }
    }
    if (kind === 'ips') return this.#lists(rows)
    const type = makers[kind]
    const length = kind === 'ip' ? rows * 16 : rows
    return this.view<ColumnArrays[typeof kind]>(type as never, this.buffer(length * type.BYTES_PER_ELEMENT), length)
  }

  #lists(rows: number): ColumnData {
    const offsets = this.view(Int32Array, this.buffer((rows + 1) * 4), rows + 1)
    const items = this.node()
    this.noBuffer()
    const at = this.buffer(items * 16)
    let last = 0
    want(offsets[0] === 0)
    for (const offset of offsets) {
      want(offset >= last)
      last = offset
    }
    want(last <= items)
    return { offsets, bytes: this.view(Uint8Array, at, last * 16) }
  }
}

function metaOf(flat: FlatTables, schema: number): string | undefined {
  const pairs = flat.inField(schema, 2)
  if (pairs === 0) return undefined
  const text = (at: number) => {
    want(at !== 0)
    const bytes = flat.bytes(at)
    return texts.read(bytes, 0, bytes.length)
  }
  let meta: string | undefined
  for (let i = 0; i < flat.length(pairs); i++) {
    const pair = flat.ahead(pairs + 4 + 4 * i)
    if (text(flat.inField(pair, 0)) === META_KEY) meta = text(flat.inField(pair, 1))
  }
  return meta
}

function read<N extends string>(table: Table<N>, names: readonly N[], bytes: Uint8Array): Streamed<N> {
  const reader = new Reader(bytes)
  const { flat } = reader
  want(reader.next() && reader.type === SCHEMA)
  // Little-endian is 0.
  want(flat.short(reader.header, 0) === 0)
  const meta = metaOf(flat, reader.header)
  const unknown: string[] = []
  const fields = fieldsOf(flat, reader.header, table, names, texts, unknown)
  want(fields !== undefined)
  const dictionaries = new Map<number, string[]>()
  for (const { dictionary } of fields) if (dictionary !== -1) dictionaries.set(dictionary, [])
  for (want(reader.next()); reader.type === DICTIONARY; want(reader.next())) {
    const id = flat.long(reader.header, 0)
    // Each once, and whole.
    want(dictionaries.get(id)?.length === 0 && flat.byte(reader.header, 2) === 0)
    const data = flat.inField(reader.header, 1)
    want(data !== 0)
    dictionaries.set(id, reader.texts(data))
  }
  want(reader.type === RECORDS)
  let nodes = 0
  for (const { kind } of fields) nodes += kind === 'ips' ? 2 : 1
  const rows = reader.begin(reader.header, nodes, 2 * nodes)
  want(rows > 0 && rows <= MAX_BATCH_ROWS)
  const found: Partial<Record<N, ColumnData>> = {}
  for (const { name, kind, dictionary } of fields) {
    const column = reader.column(kind, dictionary === -1 ? undefined : dictionaries.get(dictionary))
    if (name !== undefined) found[name as N] = column
  }
  want(!reader.next())
  const missing: N[] = []
  const columns = {} as { [P in N]: ColumnData }
  for (const name of names) {
    const column = found[name]
    if (column === undefined) missing.push(name)
    columns[name] = column ?? emptyColumn(table[name].kind, rows)
  }
  return { rows, meta, columns, unknown, missing }
}

/**
 * A message as agents write it (https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc): schema, a
 * dictionary for each column of texts, one record batch, nothing compressed. The library makes some thousand objects of it, which cost more than all else
 * that is done with a batch; here are only those of the columns, which are views over `bytes`.
 * @returns undefined of any other message, sound or not: that is the library's to read, or to say what is wrong
 */
export function readStream<N extends string>(
  table: Table<N>,
  names: readonly N[],
  bytes: Uint8Array,
): Streamed<N> | undefined {
  try {
    return read(table, names, bytes)
  } catch (error) {
    // RangeError: beyond the end.
    if (error instanceof Unusual || error instanceof RangeError) return undefined
    throw error
  }
}
