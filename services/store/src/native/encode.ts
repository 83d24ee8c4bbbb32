import type { ColumnArrays, ColumnKind, Lists, PlainKind } from '@headwater/contracts'
import { heap, type Memory } from '@headwater/contracts'
import { type Merged, mergeDictionaries } from './dictionary.js'
import { clickhouseTypes } from './types.js'
import { BlockWriter } from './writer.js'

/** A column of a block: its name in the table, its kind, and the array that holds its rows, for each part of the block. */
export type NativeColumn = {
  [K in ColumnKind]: { name: string; kind: K; data: readonly ColumnArrays[K][] }
}[ColumnKind]

const bytesPerRow: Record<PlainKind, number> = {
  bool: 1,
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  time: 8,
  ip: 16,
}

/**
 * One block in ClickHouse's Native format as HTTP takes it (https://clickhouse.com/docs/interfaces/formats/Native; numbers are little-endian):
 *
 *     block      = varuint columns, varuint rows, column*
 *     column     = string name, string type, data               data is absent in a block of 0 rows
 *     string     = varuint length, UTF-8 bytes
 *     data       = fixed-width values | lists | dictionary
 *     lists      = u64 end of each row's, fixed-width values
 *     dictionary = u64 1, u64 flags | width, u64 keys, string*, u64 rows, index*
 *
 * where width is 0, 1, 2 for 1, 2, 4 bytes an index, and flags say that the keys come with the block.
 *
 * @param parts how many rows each part has: they come one part after the other, and are put together nowhere but in the block
 * @param memory that the block lies in
 * @throws RangeError where an array does not have the rows of its part, or an index points outside its dictionary
 */
export function encodeNative(
  columns: readonly NativeColumn[],
  parts: readonly number[],
  memory: Memory = heap,
): Uint8Array {
  const rows = parts.reduce((sum, part) => sum + part, 0)
  const dictionaries = columns.map(({ kind, data }) =>
    kind === 'string' ? mergeDictionaries(data, memory) : undefined,
  )
  const writer = new BlockWriter(bound(columns, dictionaries, rows), memory)
  writer.varUint(columns.length)
  writer.varUint(rows)
  for (const [i, column] of columns.entries()) {
    writer.string(column.name)
    writer.string(clickhouseTypes[column.kind])
    check(column, parts)
    if (rows === 0) continue
    if (column.kind === 'string') writeDictionary(writer, column, dictionaries[i] as Merged, rows)
    else if (column.kind === 'ips') writeLists(writer, column.data)
    else for (const data of column.data) writer.bytes(data)
  }
  return writer.finish()
}

function check({ name, kind, data }: NativeColumn, parts: readonly number[]): void {
  for (const [i, rows] of parts.entries()) {
    const of = data[i]
    const have =
      of === undefined
        ? 0
        : 'indices' in of
          ? of.indices.length
          : 'offsets' in of
            ? of.offsets.length - 1
            : of.byteLength / bytesPerRow[kind as PlainKind]
    if (have !== rows) throw new RangeError(`column ${name} has ${have} rows, its part of the block ${rows}`)
  }
}

/** Bytes that the block takes at most: texts are counted as if each of their characters took three. */
function bound(columns: readonly NativeColumn[], dictionaries: readonly (Merged | undefined)[], rows: number): number {
  let bytes = 20
  for (const [i, { name, kind, data }] of columns.entries()) {
    bytes += 64 + 3 * name.length
    if (kind === 'ips') for (const lists of data) bytes += lists.offsets.length * 8 + lists.bytes.length
    else if (kind !== 'string') bytes += rows * bytesPerRow[kind]
    else {
      const { values } = dictionaries[i] as Merged
      bytes += 40 + (rows << widthOf(values.length))
      for (const value of values) bytes += 10 + 3 * value.length
    }
  }
  return bytes
}

function writeLists(writer: BlockWriter, parts: readonly Lists[]): void {
  let items = 0
  for (const { offsets } of parts) items = writer.ends(offsets, items)
  for (const { offsets, bytes } of parts)
    writer.bytes(bytes.subarray((offsets[0] as number) * 16, (offsets.at(-1) as number) * 16))
}

const SHARED_DICTIONARIES_WITH_ADDITIONAL_KEYS = 1n
const HAS_ADDITIONAL_KEYS = 1n << 9n
const NEED_UPDATE_DICTIONARY = 1n << 10n

/** Of numbers below `end`: 0, 1, 2 for 1, 2, 4 bytes. */
const widthOf = (end: number): 0 | 1 | 2 => (end <= 0x100 ? 0 : end <= 0x10000 ? 1 : 2)

function writeDictionary(
  writer: BlockWriter,
  { name, data }: Extract<NativeColumn, { kind: 'string' }>,
  { values, places }: Merged,
  rows: number,
): void {
  const width = widthOf(values.length)
  writer.uint64(SHARED_DICTIONARIES_WITH_ADDITIONAL_KEYS)
  writer.uint64(HAS_ADDITIONAL_KEYS | NEED_UPDATE_DICTIONARY | BigInt(width))
  writer.uint64(BigInt(values.length))
  for (const value of values) writer.string(value)
  writer.uint64(BigInt(rows))
  let before = 0
  for (const [i, { indices }] of data.entries()) {
    const own = places[i] as Int32Array
    const wrong = writer.indices(indices, own, width)
    if (wrong !== -1)
      throw new RangeError(`column ${name}, row ${before + wrong}: index ${indices[wrong]} of ${own.length} values`)
    before += indices.length
  }
}
