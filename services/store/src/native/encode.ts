import type {
  AllColumns,
  AllDnsColumns,
  ColumnArrays,
  ColumnKind,
  Dictionary,
  Lists,
  PlainKind,
} from '@headwater/contracts'
import { dnsColumnNames, dnsColumns, flowColumnNames, flowColumns, heap, type Memory } from '@headwater/contracts'
import { clickhouseTypes } from './types.js'
import { BlockWriter } from './writer.js'

/** A column of a block: its name in the table, its kind and the array that holds its rows. */
export type NativeColumn = { [K in ColumnKind]: { name: string; kind: K; data: ColumnArrays[K] } }[ColumnKind]

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
 * @param memory that the block lies in
 * @throws RangeError where an array does not have `rows` rows, or an index points outside its dictionary
 */
export function encodeNative(columns: readonly NativeColumn[], rows: number, memory: Memory = heap): Uint8Array {
  const writer = new BlockWriter(estimate(columns, rows), memory)
  writer.varUint(columns.length)
  writer.varUint(rows)
  for (const column of columns) {
    writer.string(column.name)
    writer.string(clickhouseTypes[column.kind])
    check(column, rows)
    if (rows === 0) continue
    if (column.kind === 'string') writeDictionary(writer, column.name, column.data)
    else if (column.kind === 'ips') writeLists(writer, column.data)
    else writer.bytes(column.data)
  }
  return writer.finish()
}

/** Rows of `flows` as a block. */
export const encodeFlows = (columns: AllColumns, rows: number, memory?: Memory): Uint8Array =>
  encodeNative(
    flowColumnNames.map((name) => ({ name, kind: flowColumns[name].kind, data: columns[name] }) as NativeColumn),
    rows,
    memory,
  )

/** Rows of `dns` as a block. */
export const encodeDns = (columns: AllDnsColumns, rows: number, memory?: Memory): Uint8Array =>
  encodeNative(
    dnsColumnNames.map((name) => ({ name, kind: dnsColumns[name].kind, data: columns[name] }) as NativeColumn),
    rows,
    memory,
  )

function check({ name, kind, data }: NativeColumn, rows: number): void {
  const have =
    kind === 'string'
      ? data.indices.length
      : kind === 'ips'
        ? data.offsets.length - 1
        : data.byteLength / bytesPerRow[kind]
  if (have !== rows) throw new RangeError(`column ${name} has ${have} rows, the block ${rows}`)
}

function estimate(columns: readonly NativeColumn[], rows: number): number {
  let bytes = 64
  for (const { name, kind, data } of columns)
    bytes += 64 + name.length + bytesOf({ name, kind, data } as NativeColumn, rows)
  return bytes
}

function bytesOf({ kind, data }: NativeColumn, rows: number): number {
  if (kind === 'string') return rows * 4 + data.values.length * 40
  return kind === 'ips' ? rows * 8 + data.bytes.length : rows * bytesPerRow[kind]
}

function writeLists(writer: BlockWriter, { offsets, bytes }: Lists): void {
  writer.bytes(BigUint64Array.from(offsets.subarray(1), BigInt))
  writer.bytes(bytes)
}

const SHARED_DICTIONARIES_WITH_ADDITIONAL_KEYS = 1n
const HAS_ADDITIONAL_KEYS = 1n << 9n
const NEED_UPDATE_DICTIONARY = 1n << 10n

function writeDictionary(writer: BlockWriter, name: string, { indices, values }: Dictionary): void {
  const width = values.length <= 0x100 ? 0n : values.length <= 0x10000 ? 1n : 2n
  writer.uint64(SHARED_DICTIONARIES_WITH_ADDITIONAL_KEYS)
  writer.uint64(HAS_ADDITIONAL_KEYS | NEED_UPDATE_DICTIONARY | width)
  writer.uint64(BigInt(values.length))
  for (const value of values) writer.string(value)
  writer.uint64(BigInt(indices.length))
  const wrong = writer.indices(indices, values.length, Number(width))
  if (wrong !== -1)
    throw new RangeError(`column ${name}, row ${wrong}: index ${indices[wrong]} of ${values.length} values`)
}
