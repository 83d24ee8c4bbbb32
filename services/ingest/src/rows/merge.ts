import {
  type ColumnArrays,
  type ColumnData,
  type ColumnKind,
  type Dictionary,
  heap,
  type Memory,
  type PlainKind,
  type Table,
  type TypedArrayType,
} from '@headwater/contracts'
import { mergeDictionaries } from '@headwater/store'
import type { Part } from './table.js'

type Numbers = ColumnArrays[PlainKind]
type Lists = ColumnArrays['ips']

/** One column of a part. */
interface Piece<D> {
  data: D
  rows: number
}

function mergeStrings(pieces: readonly Piece<Dictionary>[], rows: number, memory: Memory): Dictionary {
  const { values, places } = mergeDictionaries(
    pieces.map(({ data }) => data),
    memory,
  )
  const indices = memory.take(Int32Array, rows)
  let at = 0
  for (const [i, { data, rows }] of pieces.entries()) {
    const to = places[i] as Int32Array
    const from = data.indices
    for (let row = 0; row < rows; row++) indices[at++] = to[from[row] as number] as number
  }
  return { indices, values }
}

function mergeLists(pieces: readonly Piece<Lists>[], rows: number, memory: Memory): Lists {
  const offsets = memory.take(Int32Array, rows + 1)
  const lengths = pieces.map(({ data, rows }) => ((data.offsets[rows] as number) - (data.offsets[0] as number)) * 16)
  const bytes = memory.take(
    Uint8Array,
    lengths.reduce((sum, length) => sum + length, 0),
  )
  let [at, end] = [0, 0]
  for (const [i, { data, rows }] of pieces.entries()) {
    const first = data.offsets[0] as number
    for (let row = 0; row < rows; row++) offsets[at++] = end / 16 + (data.offsets[row] as number) - first
    bytes.set(data.bytes.subarray(first * 16, first * 16 + (lengths[i] as number)), end)
    end += lengths[i] as number
  }
  offsets[at] = end / 16
  return { offsets, bytes }
}

function mergeNumbers(pieces: readonly Piece<Numbers>[], width: number, rows: number, memory: Memory): Numbers {
  const type = pieces[0]?.data.constructor as TypedArrayType<Exclude<Numbers, never>>
  const out = memory.take(type, rows * width)
  let at = 0
  for (const { data, rows } of pieces) {
    out.set(data as never, at)
    at += rows * width
  }
  return out
}

function mergeColumn(kind: ColumnKind, pieces: readonly Piece<ColumnData>[], rows: number, memory: Memory): ColumnData {
  if (kind === 'string') return mergeStrings(pieces as Piece<Dictionary>[], rows, memory)
  if (kind === 'ips') return mergeLists(pieces as Piece<Lists>[], rows, memory)
  return mergeNumbers(pieces as Piece<Numbers>[], kind === 'ip' ? 16 : 1, rows, memory)
}

/**
 * The rows of all parts, one part after the other; each column is put together when it is first asked for, so that those of which nothing is asked cost nothing.
 * One part is given back as it is.
 * @param memory of the columns, also of those that are asked for later
 */
export function mergeParts<N extends string, C extends Record<N, ColumnData>>(
  table: Table<N>,
  parts: readonly Part<C>[],
  memory: Memory = heap,
): Part<C> {
  if (parts.length === 1) return parts[0] as Part<C>
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const columns = {} as C
  for (const name of Object.keys(table) as N[])
    Object.defineProperty(columns, name, {
      enumerable: true,
      configurable: true,
      get() {
        const pieces = parts.map((part) => ({ data: part.columns[name] as ColumnData, rows: part.rows }))
        const value = mergeColumn(table[name].kind, pieces, rows, memory)
        Object.defineProperty(columns, name, { enumerable: true, value })
        return value
      },
    })
  return { columns, rows }
}
