import { describe, expect, it } from 'vitest'
import { Arena } from '../runtime/memory.js'
import { type ColumnArrays, type Dictionary, emptyColumn } from './column.js'
import { type AgentColumns, agentColumnNames, flowColumns } from './columns.js'
import { inPackingOrder } from './packing-order.js'

/** Columns of which each row can be told: `number` of a row is in all of those that are numbers. */
function columnsOf(
  pids: readonly number[],
  remotes: readonly number[] = [],
  sides: readonly number[] = [],
): AgentColumns {
  const rows = pids.length
  const columns = Object.fromEntries(
    agentColumnNames.map((name) => {
      const { kind } = flowColumns[name]
      const column = emptyColumn(kind, rows)
      for (let row = 0; row < rows; row++) {
        if (kind === 'string') (column as Dictionary).indices[row] = row
        else if (kind === 'ip') (column as Uint8Array).set([row >> 8, row & 255], row * 16 + 14)
        else if (kind === 'u64' || kind === 'time') (column as ColumnArrays['u64'])[row] = BigInt(row) + (1n << 62n)
        else (column as Uint32Array)[row] = row
      }
      if (kind === 'string') (column as Dictionary).values = Array.from({ length: rows }, (_, row) => `text ${row}`)
      return [name, column]
    }),
  ) as unknown as AgentColumns
  columns.pid.set(pids)
  columns.remote_ip.fill(0)
  for (let row = 0; row < rows; row++) {
    columns.remote_ip[row * 16 + 15] = remotes[row] ?? 0
    columns.side.indices[row] = sides[row] ?? 0
  }
  return columns
}

/** The rows as objects. */
function rowsOf(columns: AgentColumns, rows: number): object[] {
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      agentColumnNames.map((name) => {
        const { kind } = flowColumns[name]
        if (kind === 'string') {
          const { indices, values } = columns[name] as Dictionary
          return [name, values[indices[row] as number]]
        }
        const column = columns[name] as Uint8Array
        return [
          name,
          kind === 'ip' ? Buffer.from(column.subarray(row * 16, row * 16 + 16)).toString('hex') : column[row],
        ]
      }),
    ),
  )
}

describe('rows in packing order', () => {
  it('are the same rows, whole, with those of a process, of its sides and its remote ends beside each other', () => {
    const pids = [7, 3, 7, 3, 9, 7, 3, 7]
    const remotes = [1, 1, 2, 1, 1, 1, 1, 2]
    const sides = [0, 1, 0, 0, 0, 0, 1, 1]
    const before = columnsOf(pids, remotes, sides)
    const after = inPackingOrder(before, 8, new Arena())
    const all = rowsOf(before, 8)
    const order = rowsOf(after, 8).map((row) =>
      all.findIndex((one) => JSON.stringify(one, big) === JSON.stringify(row, big)),
    )
    expect(order.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    const keys = order.map((row) => `${pids[row]} ${sides[row]} ${remotes[row]}`)
    expect(keys.filter((key, i) => key !== keys[i - 1]).length).toBe(new Set(keys).size)
  })

  it('keep the order of rows that have all of that in common', () => {
    const after = inPackingOrder(columnsOf([5, 4, 5, 4, 5]), 5)
    expect([...after.local_port]).toEqual([1, 3, 0, 2, 4])
  })

  it('lie in memory that is used again', () => {
    const arena = new Arena()
    for (const [pids, ports] of [
      [
        [2, 1, 2],
        [1, 0, 2],
      ],
      [
        [1, 2, 1],
        [0, 2, 1],
      ],
    ] as const) {
      expect([...inPackingOrder(columnsOf(pids), 3, arena).local_port]).toEqual(ports)
      arena.reset()
    }
  })

  it('are left as they are where there are more than can be numbered', () => {
    const columns = columnsOf(Array.from({ length: 65_537 }, (_, row) => row % 2))
    expect(inPackingOrder(columns, 65_537)).toBe(columns)
  })
})

const big = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
