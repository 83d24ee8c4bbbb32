import {
  type ColumnArrays,
  type ColumnData,
  type ColumnsOf,
  type FlowColumnName,
  flowColumns,
} from '@headwater/contracts'

type Numbers = Exclude<ColumnArrays[keyof ColumnArrays], { values: string[] }>

function take(kind: string, data: ColumnData, rows: Int32Array): ColumnData {
  if (kind === 'string') {
    const { indices, values } = data as ColumnArrays['string']
    return { indices: Int32Array.from(rows, (row) => indices[row] as number), values }
  }
  if (kind === 'ip') {
    const bytes = data as Uint8Array
    const out = new Uint8Array(rows.length * 16)
    rows.forEach((row, i) => {
      out.set(bytes.subarray(row * 16, row * 16 + 16), i * 16)
    })
    return out
  }
  const numbers = data as Numbers
  const out = new (numbers.constructor as new (n: number) => Numbers)(rows.length)
  rows.forEach((row, i) => {
    out[i] = numbers[row] as never
  })
  return out
}

/** The given rows of some columns, in that order. */
export function takeRows<N extends FlowColumnName>(columns: ColumnsOf<N>, rows: Int32Array): ColumnsOf<N> {
  const out: Partial<Record<FlowColumnName, ColumnData>> = {}
  for (const [name, data] of Object.entries(columns) as [FlowColumnName, ColumnData][])
    out[name] = take(flowColumns[name].kind, data, rows)
  return out as ColumnsOf<N>
}
