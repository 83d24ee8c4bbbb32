import type { ColumnArrays, ColumnData, PlainKind, Table } from '@headwater/contracts'

type Numbers = ColumnArrays[PlainKind]

function takeLists({ offsets, bytes }: ColumnArrays['ips'], rows: Int32Array): ColumnArrays['ips'] {
  const lists = Array.from(rows, (row) =>
    bytes.subarray((offsets[row] as number) * 16, (offsets[row + 1] as number) * 16),
  )
  const ends = new Int32Array(rows.length + 1)
  for (const [i, list] of lists.entries()) ends[i + 1] = (ends[i] as number) + list.length / 16
  return { offsets: ends, bytes: Buffer.concat(lists) }
}

function take(kind: string, data: ColumnData, rows: Int32Array): ColumnData {
  if (kind === 'string') {
    const { indices, values } = data as ColumnArrays['string']
    return { indices: Int32Array.from(rows, (row) => indices[row] as number), values }
  }
  if (kind === 'ips') return takeLists(data as ColumnArrays['ips'], rows)
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

/** The given rows of some columns of a table, in that order. */
export function takeRows<N extends string, C extends Partial<Record<N, ColumnData>>>(
  table: Table<N>,
  columns: C,
  rows: Int32Array,
): C {
  const out: Partial<Record<N, ColumnData>> = {}
  for (const [name, data] of Object.entries(columns) as [N, ColumnData][])
    out[name] = take(table[name].kind, data, rows)
  return out as C
}
