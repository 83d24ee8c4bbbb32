import {
  AsyncByteQueue,
  type Data,
  type DataType,
  Field,
  FixedSizeBinary,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
  Vector,
} from 'apache-arrow'
import { arrowType } from './arrow.js'
import type { BatchMeta, FlowBatch } from './batch.js'
import type { Column, ColumnData, ColumnKind, Dictionary, Lists } from './column.js'
import { agentColumnNames, flowColumns } from './columns.js'

/** Key of the schema metadata that holds a BatchMeta as JSON. */
export const META_KEY = 'headwater'

const encoder = new TextEncoder()
const utf8 = new Utf8()

/** Texts as Arrow holds them. The library's own builder costs more than all else of a batch. */
function texts(values: readonly string[]): Vector<Utf8> {
  const valueOffsets = new Int32Array(values.length + 1)
  // UTF-8 of a UTF-16 unit is 3 bytes at most.
  const data = new Uint8Array(values.reduce((sum, value) => sum + value.length * 3, 0))
  let end = 0
  for (const [i, value] of values.entries()) {
    if (value !== '') end += encoder.encodeInto(value, end === 0 ? data : data.subarray(end)).written
    valueOffsets[i + 1] = end
  }
  return new Vector([
    makeData({ type: utf8, length: values.length, nullCount: 0, valueOffsets, data: data.subarray(0, end) }),
  ])
}

function toArrow(kind: ColumnKind, type: DataType, data: ColumnData, rows: number): Data {
  if (kind === 'ips') {
    const { offsets, bytes } = data as Lists
    const item = { type: new FixedSizeBinary(16), length: bytes.length / 16, nullCount: 0, data: bytes }
    const lists = { type, length: rows, nullCount: 0, valueOffsets: offsets, child: makeData(item) }
    return makeData(lists as Parameters<typeof makeData>[0])
  }
  if (kind !== 'string') return makeData({ type, length: rows, nullCount: 0, data } as Parameters<typeof makeData>[0])
  const { indices, values } = data as Dictionary
  const dictionary = texts(values)
  return makeData({ type, length: rows, nullCount: 0, data: indices, dictionary } as Parameters<typeof makeData>[0])
}

/** The columns of a table that travel on the bus, by name. */
export type Table<N extends string> = { readonly [P in N]: Column }

export interface Batch<N extends string> {
  meta: BatchMeta
  rows: number
  columns: { [P in N]: ColumnData }
}

/** Fields of a schema, made once for each list of names. */
const known = new WeakMap<readonly string[], Struct>()

function structOf<N extends string>(table: Table<N>, names: readonly N[]): Struct {
  let struct = known.get(names)
  if (struct === undefined) {
    struct = new Struct(names.map((name, id) => new Field(name, arrowType(table[name].kind, id), false)))
    known.set(names, struct)
  }
  return struct
}

/** What the writer makes, piece by piece: most are the columns themselves. The library's own sink would copy them into a new buffer. */
class Pieces extends AsyncByteQueue {
  bytes = 0
  readonly #pieces: Uint8Array[] = []

  override write(piece: Uint8Array): void {
    this.#pieces.push(piece)
    this.bytes += piece.byteLength
  }

  /** @param to of `bytes` bytes */
  copy(to: Uint8Array): void {
    let at = 0
    for (const piece of this.#pieces) {
      to.set(piece, at)
      at += piece.byteLength
    }
  }
}

/** Where a message of so many bytes goes. */
export type Room = (bytes: number) => Uint8Array<ArrayBuffer>

const newRoom: Room = (bytes) => new Uint8Array(bytes)

/**
 * One batch as an Arrow IPC stream: schema, dictionaries, one record batch. The arrays are not copied before the write. Its meta is
 * checked by whoever reads it: the schema's checker is 7 MB of an agent's memory.
 * @param names always the same list for a table: what is made of it is kept
 */
export function encodeBatch<N extends string>(
  table: Table<N>,
  names: readonly N[],
  batch: Batch<N>,
  room = newRoom,
): Uint8Array<ArrayBuffer> {
  const type = structOf(table, names)
  const fields = type.children
  const meta = JSON.stringify(batch.meta)
  const schema = new Schema(fields, new Map([[META_KEY, meta]]))
  const children = names.map((name, i) =>
    toArrow(table[name].kind, (fields[i] as Field).type, batch.columns[name], batch.rows),
  )
  const data = makeData({ type, length: batch.rows, nullCount: 0, children })
  const writer = new RecordBatchStreamWriter()
  const pieces = new Pieces()
  writer.reset(pieces)
  writer.write(new RecordBatch(schema, data as Data<Struct>))
  writer.finish()
  const message = room(pieces.bytes)
  pieces.copy(message)
  return message
}

/** Rows of flows as a message. @param room default: a buffer of its own */
export const encodeFlowBatch = (batch: FlowBatch, room?: Room): Uint8Array<ArrayBuffer> =>
  encodeBatch(flowColumns, agentColumnNames, batch, room)
