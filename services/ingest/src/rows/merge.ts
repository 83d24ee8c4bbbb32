import {
  type ColumnArrays,
  type ColumnData,
  type Dictionary,
  heap,
  type Memory,
  type PlainKind,
  type Table,
  type TypedArrayType,
} from '@headwater/contracts'
import { TextList } from '../columns/dictionary.js'
import type { Part } from './table.js'

type Numbers = ColumnArrays[PlainKind]
type Lists = ColumnArrays['ips']

/** One column of a part. */
interface Piece<D> {
  data: D
  rows: number
}

/** Where the texts of one piece are in the merged column: used again for the next. */
let places = new Int32Array(1024)

function mergeStrings(pieces: readonly Piece<Dictionary>[], rows: number, memory: Memory): Dictionary {
  const merged = memory.take(Int32Array, rows)
  const first = pieces[0]?.data as Dictionary
  let at = 0
  if (pieces.every(({ data }) => data.values === first.values)) {
    for (const { data, rows } of pieces) {
      merged.set(data.indices, at)
      at += rows
    }
    return { indices: merged, values: first.values }
  }
  const texts = new TextList()
  for (const { data, rows } of pieces) {
    const { indices, values } = data
    const count = values.length
    if (count === 1) merged.fill(texts.index(values[0] as string), at, at + rows)
    else {
      if (count > places.length) places = new Int32Array(2 * count)
      const to = places
      for (let i = 0; i < count; i++) to[i] = texts.index(values[i] as string)
      for (let row = 0; row < rows; row++) merged[at + row] = to[indices[row] as number] as number
    }
    at += rows
  }
  return { indices: merged, values: texts.values }
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

/** The rows of all parts, one part after the other. One part is given back as it is. */
export function mergeParts<N extends string, C extends Record<N, ColumnData>>(
  table: Table<N>,
  parts: readonly Part<C>[],
  memory: Memory = heap,
): Part<C> {
  if (parts.length === 1) return parts[0] as Part<C>
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const columns: Partial<Record<N, ColumnData>> = {}
  for (const name of Object.keys(table) as N[]) {
    const { kind } = table[name]
    const pieces = parts.map((part) => ({ data: part.columns[name] as ColumnData, rows: part.rows }))
    if (kind === 'string') columns[name] = mergeStrings(pieces as Piece<Dictionary>[], rows, memory)
    else if (kind === 'ips') columns[name] = mergeLists(pieces as Piece<Lists>[], rows, memory)
    else columns[name] = mergeNumbers(pieces as Piece<Numbers>[], kind === 'ip' ? 16 : 1, rows, memory)
  }
  return { columns: columns as C, rows }
}
