import {
  type Data,
  Field,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from 'apache-arrow'
import { arrowType } from './arrow.js'
import { batchMetaSchema, type FlowBatch } from './batch.js'
import type { ColumnData, ColumnKind, Dictionary } from './column.js'
import { agentColumnNames, flowColumns } from './columns.js'

/** Key of the schema metadata that holds a BatchMeta as JSON. */
export const META_KEY = 'headwater'

const fields = agentColumnNames.map((name, id) => new Field(name, arrowType(flowColumns[name].kind, id), false))

function toArrow(kind: ColumnKind, id: number, data: ColumnData, rows: number): Data {
  const type = arrowType(kind, id)
  if (kind !== 'string') return makeData({ type, length: rows, nullCount: 0, data } as Parameters<typeof makeData>[0])
  const { indices, values } = data as Dictionary
  const dictionary = vectorFromArray(values, new Utf8())
  return makeData({ type, length: rows, nullCount: 0, data: indices, dictionary } as Parameters<typeof makeData>[0])
}

/** One batch as an Arrow IPC stream: schema, dictionaries, one record batch. The arrays are not copied before the write. */
export function encodeFlowBatch(batch: FlowBatch): Uint8Array {
  const meta = JSON.stringify(batchMetaSchema.parse(batch.meta))
  const schema = new Schema(fields, new Map([[META_KEY, meta]]))
  const children = agentColumnNames.map((name, id) =>
    toArrow(flowColumns[name].kind, id, batch.columns[name], batch.rows),
  )
  const data = makeData({ type: new Struct(fields), length: batch.rows, nullCount: 0, children })
  const writer = new RecordBatchStreamWriter()
  writer.write(new RecordBatch(schema, data as Data<Struct>))
  writer.finish()
  return writer.toUint8Array(true)
}
