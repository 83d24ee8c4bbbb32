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
import { DictionaryBuilder } from './dictionary.js'

type Numbers = ColumnArrays[PlainKind]

/** Some rows of several batches, all columns of each. */
export interface Part {
  columns: AllColumns
  rows: number
}

function mergeStrings(parts: readonly Part[], name: FlowColumnName, rows: number, memory: Memory): Dictionary {
  const merged = new DictionaryBuilder(rows, undefined, memory)
  let at = 0
  for (const part of parts) {
    const { indices, values } = part.columns[name] as Dictionary
    const places = Int32Array.from(values, (text) => merged.index(text))
    for (let row = 0; row < part.rows; row++) merged.put(at++, places[indices[row] as number] as number)
  }
  return merged.finish()
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
