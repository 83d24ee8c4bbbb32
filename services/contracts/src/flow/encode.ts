import {
  type Data,
  Field,
  FixedSizeBinary,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from 'apache-arrow'
import { arrowType } from './arrow.js'
import type { BatchMeta, FlowBatch } from './batch.js'
import type { Column, ColumnData, ColumnKind, Dictionary, Lists } from './column.js'
import { agentColumnNames, flowColumns } from './columns.js'

/** Key of the schema metadata that holds a BatchMeta as JSON. */
export const META_KEY = 'headwater'

function toArrow(kind: ColumnKind, id: number, data: ColumnData, rows: number): Data {
  const type = arrowType(kind, id)
  if (kind === 'ips') {
    const { offsets, bytes } = data as Lists
    const item = { type: new FixedSizeBinary(16), length: bytes.length / 16, nullCount: 0, data: bytes }
    const lists = { type, length: rows, nullCount: 0, valueOffsets: offsets, child: makeData(item) }
    return makeData(lists as Parameters<typeof makeData>[0])
  }
  if (kind !== 'string') return makeData({ type, length: rows, nullCount: 0, data } as Parameters<typeof makeData>[0])
  const { indices, values } = data as Dictionary
  const dictionary = vectorFromArray(values, new Utf8())
  return makeData({ type, length: rows, nullCount: 0, data: indices, dictionary } as Parameters<typeof makeData>[0])
}

/** The columns of a table that travel on the bus, by name. */
export type Table<N extends string> = { readonly [P in N]: Column }

export interface Batch<N extends string> {
  meta: BatchMeta
  rows: number
  columns: { [P in N]: ColumnData }
}

/**
 * One batch as an Arrow IPC stream: schema, dictionaries, one record batch. The arrays are not copied before the write. Its meta is
 * checked by whoever reads it: the schema's checker is 7 MB of an agent's memory.
 */
export function encodeBatch<N extends string>(table: Table<N>, names: readonly N[], batch: Batch<N>): Uint8Array {
  const fields = names.map((name, id) => new Field(name, arrowType(table[name].kind, id), false))
  const meta = JSON.stringify(batch.meta)
  const schema = new Schema(fields, new Map([[META_KEY, meta]]))
  const children = names.map((name, id) => toArrow(table[name].kind, id, batch.columns[name], batch.rows))
  const data = makeData({ type: new Struct(fields), length: batch.rows, nullCount: 0, children })
  const writer = new RecordBatchStreamWriter()
  writer.write(new RecordBatch(schema, data as Data<Struct>))
  writer.finish()
  return writer.toUint8Array(true)
}

/** Rows of flows as a message. */
export const encodeFlowBatch = (batch: FlowBatch): Uint8Array => encodeBatch(flowColumns, agentColumnNames, batch)
