import {
  Field as ArrowField,
  Bool,
  type Data,
  type DataType,
  Float64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  TimestampNanosecond,
  Utf8,
} from 'apache-arrow'
import { type Field, type Frame, type FrameMeta, rowsOf } from './frame.ts'

type Parts = Parameters<typeof makeData>[0]

const types: Record<Field['type'], DataType> = {
  time: new TimestampNanosecond(),
  'nullable-time': new TimestampNanosecond(),
  number: new Float64(),
  'nullable-number': new Float64(),
  string: new Utf8(),
  boolean: new Bool(),
}

/** Bit i is set where value i is there; undefined where all are. */
function validity(values: readonly unknown[]): { nullCount: number; nullBitmap?: Uint8Array } {
  const nulls = values.filter((v) => v === null).length
  if (nulls === 0) return { nullCount: 0 }
  const bits = new Uint8Array(Math.ceil(values.length / 8))
  for (const [i, v] of values.entries()) if (v !== null) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7))
  return { nullCount: nulls, nullBitmap: bits }
}

/** The builders of apache-arrow refuse BigInt for timestamps: the column is made whole. */
function times(values: readonly (number | null)[]): BigInt64Array {
  const data = new BigInt64Array(values.length)
  for (const [i, ms] of values.entries()) data[i] = BigInt(Math.round((ms ?? 0) * 1000)) * 1000n
  return data
}

function strings(values: readonly string[]): { valueOffsets: Int32Array; data: Uint8Array } {
  const valueOffsets = new Int32Array(values.length + 1)
  for (const [i, v] of values.entries()) valueOffsets[i + 1] = (valueOffsets[i] ?? 0) + Buffer.byteLength(v)
  const data = Buffer.allocUnsafe(valueOffsets[values.length] ?? 0)
  for (const [i, v] of values.entries()) data.write(v, valueOffsets[i] ?? 0)
  return { valueOffsets, data }
}

function bits(values: readonly boolean[]): Uint8Array {
  const data = new Uint8Array(Math.ceil(values.length / 8))
  for (const [i, v] of values.entries()) if (v) data[i >> 3] = (data[i >> 3] ?? 0) | (1 << (i & 7))
  return data
}

function column(field: Field): Data {
  const common = { type: types[field.type], length: field.values.length }
  const make = (parts: object): Data => makeData({ ...common, nullCount: 0, ...parts } as unknown as Parts)
  switch (field.type) {
    case 'time':
    case 'nullable-time':
      return make({ data: times(field.values), ...validity(field.values) })
    case 'number':
      return make({ data: Float64Array.from(field.values) })
    case 'nullable-number':
      return make({ data: Float64Array.from(field.values, (v) => v ?? 0), ...validity(field.values) })
    case 'string':
      return make(strings(field.values))
    case 'boolean':
      return make({ data: bits(field.values) })
  }
}

function schemaField(field: Field): ArrowField {
  const metadata = new Map([['name', field.name]])
  if (field.labels) metadata.set('labels', JSON.stringify(field.labels))
  if (field.config) metadata.set('config', JSON.stringify(field.config))
  return new ArrowField(field.name, types[field.type], field.type.startsWith('nullable-'), metadata)
}

/** The answer is megabytes of JSON: it is put in as text. */
function metaText({ custom, ...meta }: FrameMeta, answer: string | undefined): string {
  const parts = Object.entries(custom ?? {}).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
  if (answer !== undefined) parts.push(`"answer":${answer}`)
  const rest = JSON.stringify(meta)
  return parts.length === 0 ? rest : `${rest.slice(0, -1)}${rest === '{}' ? '' : ','}"custom":{${parts.join(',')}}}`
}

/**
 * A frame as Grafana's SDK reads it: an Arrow IPC file of one record batch. Names, labels and config of fields are
 * metadata of the schema's fields; name, refId and meta of the frame that of the schema.
 */
export function encodeFrame(frame: Frame): Uint8Array {
  const fields = frame.fields.map(schemaField)
  const metadata = new Map([
    ['name', frame.name],
    ['refId', frame.refId],
    ['meta', metaText(frame.meta, frame.answer)],
  ])
  const schema = new Schema(fields, metadata)
  const struct = makeData({
    type: new Struct(fields),
    length: rowsOf(frame),
    nullCount: 0,
    children: frame.fields.map(column),
  } as unknown as Parts)
  const batch = new RecordBatch(schema, struct as Data<Struct>)
  // The constructor merges fields of one name, and their labels with them.
  Object.assign(batch, { schema })
  const writer = new RecordBatchFileWriter()
  writer.write(batch)
  writer.finish()
  return writer.toUint8Array(true)
}
