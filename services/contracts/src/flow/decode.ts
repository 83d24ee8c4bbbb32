import { type Data, type RecordBatch, RecordBatchReader } from 'apache-arrow'
import { MAX_MESSAGE_BYTES } from '../bus/topics.js'
import { arrowType } from './arrow.js'
import { type BatchMeta, batchMetaSchema, type FlowBatch } from './batch.js'
import { MAX_BATCH_ROWS } from './bounds.js'
import { type ColumnArrays, type ColumnData, type ColumnKind, emptyColumn, type PlainKind } from './column.js'
import { type AgentColumnName, type AgentColumns, agentColumnNames, flowColumns } from './columns.js'
import { META_KEY, type Table } from './encode.js'
import { withinBudget } from './flatbuffers-guard.js'
import { readStream } from './stream.js'

export type DecodeErrorCode = 'too-large' | 'not-arrow' | 'bad-metadata' | 'bad-column' | 'not-one-batch'

/** A message that is not a flow batch: why, and which column or field. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
  constructor(
    readonly code: DecodeErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

export interface DecodedBatch extends FlowBatch {
  /** Columns the message has and this version does not know: ignored. */
  unknown: string[]
  /** Columns this version knows and the message lacks: zeros or empty strings. */
  missing: AgentColumnName[]
}

function readBatch(bytes: Uint8Array): { batch: RecordBatch; meta: string | undefined } {
  try {
    const batches = withinBudget(() => [...RecordBatchReader.from(bytes)] as RecordBatch[])
    if (batches.length !== 1 || batches[0] === undefined)
      throw new DecodeError('not-one-batch', `a message holds one record batch, this one ${batches.length}`)
    return { batch: batches[0], meta: batches[0].schema.metadata.get(META_KEY) }
  } catch (cause) {
    if (cause instanceof DecodeError) throw cause
    throw new DecodeError('not-arrow', `not an Arrow IPC stream: ${(cause as Error).message}`, { cause })
  }
}

function readMeta(text: string | undefined): BatchMeta {
  if (text === undefined) throw new DecodeError('bad-metadata', `the schema's metadata has no key "${META_KEY}"`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new DecodeError('bad-metadata', `metadata "${META_KEY}" is not JSON`, { cause })
  }
  const meta = batchMetaSchema.safeParse(json)
  if (meta.success) return meta.data
  const issue = meta.error.issues[0]
  throw new DecodeError('bad-metadata', `metadata ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`)
}

/** @throws where its offsets do not lie one after the other within the message: the library would read the same bytes as often as it is told */
function checkTexts(name: string, { length, valueOffsets, values }: Data): void {
  const offsets = (valueOffsets as Int32Array | undefined) ?? new Int32Array(1)
  if (length > 0 && offsets.length <= length)
    throw new DecodeError('bad-column', `column ${name}: ${offsets.length} offsets of ${length} texts`)
  let last = 0
  for (let i = 0; i <= length && i < offsets.length; i++) {
    const offset = offsets[i] as number
    if (offset < last || offset > (values as Uint8Array).length)
      throw new DecodeError('bad-column', `column ${name}: text at ${offset} after one up to ${last}`)
    last = offset
  }
}

function readStrings(name: string, data: Data, rows: number): ColumnData {
  const indices = (data.values as Int32Array).subarray(0, rows)
  for (const part of data.dictionary?.data ?? []) checkTexts(name, part as Data)
  if (indices.length < rows)
    throw new DecodeError('bad-column', `column ${name} is cut short: ${indices.length} indices of ${rows}`)
  const strings = Array.from((data.dictionary?.toArray() ?? []) as string[], (text) => text ?? '')
  for (const index of indices)
    if (index < 0 || index >= strings.length)
      throw new DecodeError('bad-column', `column ${name}: dictionary index ${index} of ${strings.length}`)
  return { indices, values: strings.length === 0 ? [''] : strings }
}

function readLists(name: string, data: Data, rows: number): ColumnData {
  const offsets = (data.valueOffsets as Int32Array).subarray(0, rows + 1)
  const bytes = (data.children[0]?.values ?? new Uint8Array(0)) as Uint8Array
  let last = 0
  for (const offset of offsets) {
    if (offset < last || offset * 16 > bytes.length)
      throw new DecodeError('bad-column', `column ${name}: list offset ${offset} of ${bytes.length / 16}`)
    last = offset
  }
  if (offsets.length !== rows + 1 || offsets[0] !== 0)
    throw new DecodeError('bad-column', `column ${name} has ${offsets.length} list offsets for ${rows} rows`)
  return { offsets, bytes: bytes.subarray(0, last * 16) }
}

function readColumn(name: string, kind: ColumnKind, data: Data, rows: number): ColumnData {
  const want = arrowType(kind, 0)
  if (String(data.type) !== String(want))
    throw new DecodeError('bad-column', `column ${name} is ${data.type}, not ${want}`)
  if (data.length !== rows || data.nullCount !== 0)
    throw new DecodeError('bad-column', `column ${name} has ${data.length} rows of ${rows}, ${data.nullCount} nulls`)
  if (kind === 'string') return readStrings(name, data, rows)
  if (kind === 'ips') return readLists(name, data, rows)
  const length = kind === 'ip' ? rows * 16 : rows
  const values = data.values as ColumnArrays[PlainKind]
  if (values.length < length)
    throw new DecodeError('bad-column', `column ${name} is cut short: ${values.length} values of ${length}`)
  return values.subarray(0, length) as ColumnData
}

export interface DecodedTable<N extends string> {
  meta: BatchMeta
  rows: number
  columns: { [P in N]: ColumnData }
  unknown: string[]
  missing: N[]
}

/**
 * Reads one message that holds rows of a table. Columns are matched by name, so that older and newer agents both are understood.
 * The arrays are views over `bytes` where alignment allows.
 * @throws DecodeError
 */
export function decodeBatch<N extends string>(
  table: Table<N>,
  names: readonly N[],
  bytes: Uint8Array,
): DecodedTable<N> {
  if (bytes.byteLength > MAX_MESSAGE_BYTES)
    throw new DecodeError('too-large', `${bytes.byteLength} bytes, allowed are ${MAX_MESSAGE_BYTES}`)
  const streamed = readStream(table, names, bytes)
  if (streamed === undefined) return readByLibrary(table, names, bytes)
  const { meta, ...rest } = streamed
  return { meta: readMeta(meta), ...rest }
}

/** Any message that is one. @throws DecodeError */
export function readByLibrary<N extends string>(
  table: Table<N>,
  names: readonly N[],
  bytes: Uint8Array,
): DecodedTable<N> {
  const { batch, meta } = readBatch(bytes)
  const rows = batch.numRows
  if (!(rows <= MAX_BATCH_ROWS))
    throw new DecodeError('too-large', `${rows} rows, a message holds at most ${MAX_BATCH_ROWS}`)
  const columns: Partial<Record<N, ColumnData>> = {}
  const missing: N[] = []
  const found = new Map(batch.schema.fields.map((f, i) => [f.name, batch.data.children[i]]))
  try {
    for (const name of names) {
      const { kind } = table[name]
      const data = found.get(name)
      if (data === undefined) missing.push(name)
      columns[name] = data === undefined ? emptyColumn(kind, rows) : readColumn(name, kind, data, rows)
      found.delete(name)
    }
  } catch (cause) {
    if (cause instanceof DecodeError) throw cause
    throw new DecodeError('bad-column', `cannot be read: ${(cause as Error).message}`, { cause })
  }
  const all = columns as { [P in N]: ColumnData }
  return { meta: readMeta(meta), rows, columns: all, unknown: [...found.keys()], missing }
}

/** Reads one message of the flows topic. @throws DecodeError */
export function decodeFlowBatch(bytes: Uint8Array): DecodedBatch {
  const { columns, ...rest } = decodeBatch(flowColumns, agentColumnNames, bytes)
  return { ...rest, columns: columns as AgentColumns }
}
