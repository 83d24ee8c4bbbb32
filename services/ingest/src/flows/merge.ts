import {
  type AllColumns,
  type ColumnArrays,
  type ColumnData,
  type Dictionary,
  type FlowColumnName,
  flowColumnNames,
  flowColumns,
  heap,
  type Memory,
  type PlainKind,
  type TypedArrayType,
} from '@headwater/contracts'
import { TextList } from './dictionary.js'

type Numbers = ColumnArrays[PlainKind]

/** Some rows of several batches, all columns of each. */
export interface Part {
  columns: AllColumns
  rows: number
}

/** Where the texts of one part are in the merged column: used again for the next. */
let places = new Int32Array(1024)

function mergeStrings(parts: readonly Part[], name: FlowColumnName, rows: number, memory: Memory): Dictionary {
  const merged = memory.take(Int32Array, rows)
  const first = parts[0]?.columns[name] as Dictionary
  let at = 0
  if (parts.every(({ columns }) => (columns[name] as Dictionary).values === first.values)) {
    for (const part of parts) {
      merged.set((part.columns[name] as Dictionary).indices, at)
      at += part.rows
    }
    return { indices: merged, values: first.values }
  }
  const texts = new TextList()
  for (const part of parts) {
    const { indices, values } = part.columns[name] as Dictionary
    const count = values.length
    if (count === 1) merged.fill(texts.index(values[0] as string), at, at + part.rows)
    else {
      if (count > places.length) places = new Int32Array(2 * count)
      const to = places
      for (let i = 0; i < count; i++) to[i] = texts.index(values[i] as string)
      for (let row = 0; row < part.rows; row++) merged[at + row] = to[indices[row] as number] as number
    }
    at += part.rows
  }
  return { indices: merged, values: texts.values }
}

function mergeNumbers(parts: readonly Part[], name: FlowColumnName, rows: number, memory: Memory): Numbers {
  const first = parts[0]?.columns[name] as Numbers
  const width = flowColumns[name].kind === 'ip' ? 16 : 1
  const out = memory.take(first.constructor as TypedArrayType<Exclude<Numbers, never>>, rows * width)
  let at = 0
  for (const part of parts) {
    out.set(part.columns[name] as never, at)
    at += part.rows * width
  }
  return out
}

/** The rows of all parts, one part after the other. One part is given back as it is. */
export function mergeParts(parts: readonly Part[], memory: Memory = heap): Part {
  if (parts.length === 1) return parts[0] as Part
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const columns: Partial<Record<FlowColumnName, ColumnData>> = {}
  for (const name of flowColumnNames)
    columns[name] =
      flowColumns[name].kind === 'string'
        ? mergeStrings(parts, name, rows, memory)
        : mergeNumbers(parts, name, rows, memory)
  return { columns: columns as AllColumns, rows }
}
