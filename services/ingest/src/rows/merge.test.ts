import {
  type AllDnsColumns,
  type ColumnData,
  dnsAgentColumnNames,
  dnsColumns,
  type Memory,
  takeRows,
} from '@headwater/contracts'
import { encodeNative, type NativeColumn } from '@headwater/store'
import { expect, it } from 'vitest'
import { buildDnsBatch } from '../testing/index.js'
import { mergeParts } from './merge.js'

const spec = { cluster: 'c', node: 'n', instance: 'i', sequence: 1 }
const question = (n: number) => ({
  ...{ time: 1000 + n, query_name: `${n % 3}.test`, local_ip: `10.0.0.${n}`, local_port: n, count: n, duration_us: n },
  answers: Array.from({ length: n % 4 }, (_, i) => (i % 2 === 0 ? `192.0.2.${n}` : `2001:db8::${n}`)),
})
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
const batch = (of: readonly number[]) => {
  const { columns, rows } = buildDnsBatch(spec, of.map(question))
  return { columns: columns as AllDnsColumns, rows }
}
const table = Object.fromEntries(
  dnsAgentColumnNames.map((name) => [name, dnsColumns[name]]),
) as unknown as typeof dnsColumns

/** What each row says, whatever the order of a dictionary. */
function plain(columns: Record<string, ColumnData>, rows: number): unknown[] {
  return numbers(0, rows).map((row) =>
    Object.entries(columns).map(([name, data]) => {
      if ('indices' in data) return [name, data.values[data.indices[row] as number]]
      const width = name.endsWith('_ip') ? 16 : 1
      if (!('offsets' in data)) return [name, ...data.subarray(row * width, row * width + width)]
      const [from, to] = [data.offsets[row] as number, data.offsets[row + 1] as number]
      return [name, ...data.bytes.subarray(from * 16, to * 16)]
    }),
  )
}

it('puts the rows of parts of every kind of column one after the other', () => {
  const parts = [batch(numbers(0, 7)), batch([]), batch(numbers(7, 8)), batch(numbers(8, 30))]
  const merged = mergeParts(table, parts)
  const expected = batch(numbers(0, 30))
  expect(merged.rows).toBe(30)
  expect(plain({ ...merged.columns }, 30)).toEqual(plain({ ...expected.columns }, 30))
})

it('merges what was taken of batches', () => {
  const taken = [batch(numbers(0, 9)), batch(numbers(9, 20))].map(({ columns }) => {
    return { columns: takeRows(table, columns, Int32Array.of(7, 3)), rows: 2 }
  })
  expect(plain({ ...mergeParts(table, taken).columns }, 4)).toEqual(plain({ ...batch([7, 3, 16, 12]).columns }, 4))
})

it('is what its parts are without being put together, byte by byte as a block', () => {
  const parts = [batch(numbers(0, 7)), batch([]), batch(numbers(4, 8)), batch(numbers(8, 250))]
  const merged = mergeParts(table, parts)
  const encode = (all: readonly { columns: AllDnsColumns; rows: number }[]) =>
    encodeNative(
      dnsAgentColumnNames.map((name) => {
        return { name, kind: dnsColumns[name].kind, data: all.map(({ columns }) => columns[name]) } as NativeColumn
      }),
      all.map(({ rows }) => rows),
    )
  expect(Buffer.from(encode(parts)).equals(encode([merged]))).toBe(true)
})

it('puts a column together when it is first asked for, once', () => {
  const taken: number[] = []
  const memory: Memory = {
    take: (type, length) => {
      taken.push(length)
      return new type(length)
    },
  }
  const { columns } = mergeParts(table, [batch(numbers(0, 7)), batch(numbers(7, 9))], memory)
  expect(taken).toEqual([])
  expect([...columns.time].map(Number)).toEqual(numbers(1000, 1009))
  expect(columns.time).toBe(columns.time)
  expect(taken).toEqual([9])
})
