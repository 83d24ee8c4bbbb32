import {
  type AllColumns,
  type ColumnArrays,
  type ColumnKind,
  emptyColumn,
  type FlowColumnName,
  flowColumnNames,
  flowColumns,
} from '@headwater/contracts'

/** Value of one cell, as a test writes it: addresses as 16 bytes, times as Unix ms. */
export type Cell = string | number | bigint | Uint8Array
export type FlowRow = Partial<Record<FlowColumnName, Cell>>

/** `::ffff:a.b.c.d` as 16 bytes. */
export const ipv4 = (a: number, b: number, c: number, d: number): Uint8Array =>
  Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d])

const defaults: FlowRow = {
  cluster: 'test',
  node: 'node-1',
  realm: 'test',
  instance: 'instance-1',
  sequence: 1n,
  side: 'client',
  side_source: 'socket',
  counted: 1,
  transport: 'tcp',
  local_ip: ipv4(10, 0, 0, 1),
  remote_ip: ipv4(10, 0, 0, 2),
  local_port: 40_000,
  remote_port: 443,
  local_service: 'shop',
  remote_service: 'cart',
  remote_class: 'private',
}

type Writers = { [K in ColumnKind]: (column: ColumnArrays[K], row: number, cell: Cell) => void }

const number = (column: Uint8Array | Uint16Array | Uint32Array, row: number, cell: Cell): void => {
  column[row] = Number(cell)
}
const integer = (column: BigInt64Array | BigUint64Array, row: number, cell: Cell): void => {
  column[row] = BigInt(cell as number)
}

const writers: Writers = {
  bool: number,
  u8: number,
  u16: number,
  u32: number,
  u64: integer,
  time: integer,
  ip: (column, row, cell) => column.set(cell as Uint8Array, row * 16),
  ips: () => {
    throw new Error('flows have no lists')
  },
  string: (column, row, cell) => {
    const known = column.values.indexOf(cell as string)
    column.indices[row] = known < 0 ? column.values.push(cell as string) - 1 : known
  },
}

/** Columns of `flows` from rows; what a row leaves out is that of a client's plain connection, at `now`. */
export function flowBlock(rows: readonly FlowRow[], now: number = Date.now()): { columns: AllColumns; rows: number } {
  const columns: Partial<Record<FlowColumnName, ColumnArrays[ColumnKind]>> = {}
  for (const name of flowColumnNames) {
    const { kind } = flowColumns[name]
    const column = emptyColumn(kind, rows.length)
    const write = writers[kind] as (column: unknown, row: number, cell: Cell) => void
    rows.forEach((row, i) => {
      const cell = row[name] ?? (name === 'time' || name === 'start' ? now : defaults[name])
      if (cell !== undefined) write(column, i, cell)
    })
    columns[name] = column
  }
  return { columns: columns as AllColumns, rows: rows.length }
}
