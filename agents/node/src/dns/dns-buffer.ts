import {
  type ColumnData,
  type DnsAgentColumnName,
  type DnsAgentColumns,
  dnsAgentColumnNames,
  dnsColumns,
  emptyColumn,
} from '@headwater/contracts/producer'

type Cell = number | bigint | string | Uint8Array | readonly Uint8Array[]
/** One question with its fate, by the columns of the DNS table. */
export type DnsRow = { [N in DnsAgentColumnName]: Cell }

function strings(values: readonly string[]): ColumnData {
  const index = new Map<string, number>()
  const indices = Int32Array.from(values, (value) => {
    const known = index.get(value)
    if (known !== undefined) return known
    index.set(value, index.size)
    return index.size - 1
  })
  return { indices, values: [...index.keys()] }
}

function lists(values: readonly (readonly Uint8Array[])[]): ColumnData {
  const offsets = new Int32Array(values.length + 1)
  for (const [i, list] of values.entries()) offsets[i + 1] = offsets[i]! + list.length
  return { offsets, bytes: new Uint8Array(Buffer.concat(values.flat())) }
}

function column(name: DnsAgentColumnName, rows: readonly DnsRow[]): ColumnData {
  const { kind } = dnsColumns[name]
  const cells = rows.map((row) => row[name])
  if (kind === 'string') return strings(cells as string[])
  if (kind === 'ips') return lists(cells as Uint8Array[][])
  const array = emptyColumn(kind, rows.length)
  if (kind === 'ip') for (const [i, cell] of cells.entries()) (array as Uint8Array).set(cell as Uint8Array, i * 16)
  else if (kind === 'u64' || kind === 'time')
    for (const [i, cell] of cells.entries()) (array as BigUint64Array)[i] = BigInt(cell as number | bigint)
  else for (const [i, cell] of cells.entries()) (array as Uint32Array)[i] = cell as number
  return array
}

/** The rows of the batch to come. Questions are few beside flows: objects serve. */
export class DnsBuffer {
  readonly rows: DnsRow[] = []

  /** The columns of the first rows, at most `max`, which leave the buffer. */
  take(max: number): { rows: number; columns: DnsAgentColumns } {
    const rows = this.rows.splice(0, max)
    const columns = Object.fromEntries(dnsAgentColumnNames.map((name) => [name, column(name, rows)]))
    return { rows: rows.length, columns: columns as unknown as DnsAgentColumns }
  }
}
