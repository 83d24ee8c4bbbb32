import { heap, type Memory, type TypedArrayType } from '../runtime/memory.js'
import type { ColumnArrays, ColumnData, ColumnKind, Dictionary, Lists, PlainKind } from './column.js'
import type { Table } from './encode.js'
import { wordsOf } from './words.js'

type Plain = ColumnArrays[PlainKind]

/** Whether each element is like the one `width` before it, as in most columns of counts of what seldom happens. */
function isSame(words: Uint32Array, width: number): boolean {
  for (let i = width; i < words.length; i++) if (words[i] !== words[i - width]) return false
  return true
}

/** Elements of some 32-bit words each, whatever their type: one kind of array keeps the loops fast. */
function takeWords<T extends Plain | Int32Array>(column: T, rows: Int32Array, memory: Memory, width: 1 | 2 | 4): T {
  // Addresses of a message that others wrote may lie anywhere.
  const from = (column.byteOffset % 4 === 0 ? column : column.slice()) as T
  const source = wordsOf(from)
  const length = (rows.length * width * 4) / from.BYTES_PER_ELEMENT
  if (isSame(source, width)) return from.subarray(0, length) as T
  const to = memory.take(from.constructor as TypedArrayType<never>, length) as T
  const target = wordsOf(to)
  if (width === 1) for (let i = 0; i < rows.length; i++) target[i] = source[rows[i]!]!
  else
    for (let i = 0, at = 0; i < rows.length; i++) {
      const row = rows[i]! * width
      target[at++] = source[row]!
      target[at++] = source[row + 1]!
      if (width === 2) continue
      target[at++] = source[row + 2]!
      target[at++] = source[row + 3]!
    }
  return to
}

function takeNumbers<T extends Uint8Array | Uint16Array>(from: T, rows: Int32Array, memory: Memory): T {
  const to = memory.take(from.constructor as TypedArrayType<T>, rows.length)
  for (let i = 0; i < rows.length; i++) to[i] = from[rows[i]!]!
  return to
}

function takeLists({ offsets, bytes }: Lists, rows: Int32Array): Lists {
  const lists = Array.from(rows, (row) => bytes.subarray(offsets[row]! * 16, offsets[row + 1]! * 16))
  const ends = new Int32Array(rows.length + 1)
  for (const [i, list] of lists.entries()) ends[i + 1] = ends[i]! + list.length / 16
  return { offsets: ends, bytes: Buffer.concat(lists) }
}

function take(kind: ColumnKind, data: ColumnData, rows: Int32Array, memory: Memory): ColumnData {
  switch (kind) {
    case 'string': {
      const { indices, values } = data as Dictionary
      return { indices: takeWords(indices, rows, memory, 1), values }
    }
    case 'ips':
      return takeLists(data as Lists, rows)
    case 'ip':
      return takeWords(data as Uint8Array, rows, memory, 4)
    case 'u64':
    case 'time':
      return takeWords(data as ColumnArrays['u64' | 'time'], rows, memory, 2)
    case 'u32':
      return takeWords(data as Uint32Array, rows, memory, 1)
    default:
      return takeNumbers(data as Uint8Array | Uint16Array, rows, memory)
  }
}

/**
 * The given rows of some columns of a table, in that order. A column that says the same in all rows is a view of what it was.
 * @param memory of the columns that are made
 */
export function takeRows<N extends string, C extends Partial<Record<N, ColumnData>>>(
  table: Table<N>,
  columns: C,
  rows: Int32Array,
  memory: Memory = heap,
): C {
  const out: Partial<Record<N, ColumnData>> = {}
  for (const [name, data] of Object.entries(columns) as [N, ColumnData][])
    out[name] = take(table[name].kind, data, rows, memory)
  return out as C
}
