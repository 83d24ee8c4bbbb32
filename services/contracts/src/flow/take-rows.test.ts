import { expect, it } from 'vitest'
import { Arena } from '../runtime/memory.js'
import type { Column, ColumnKind } from './column.js'
import { takeRows } from './take-rows.js'

const column = <K extends ColumnKind>(kind: K): Column<K> => ({ kind, origin: 'agent', unit: '', meaning: '' })

it('takes addresses that begin anywhere, as in a message that others wrote', () => {
  const bytes = new Uint8Array(1 + 3 * 16)
  for (let row = 0; row < 3; row++) bytes.fill(row + 1, 1 + row * 16, 1 + row * 16 + 16)
  const ip = bytes.subarray(1)
  const taken = takeRows({ ip: column('ip') }, { ip }, Int32Array.of(2, 0))
  expect([...taken.ip]).toEqual([...Array(16).fill(3), ...Array(16).fill(1)])
})

it('takes as many of a column that says the same in all rows', () => {
  const table = { a: column('u64'), b: column('ip'), c: column('u32'), d: column('time') }
  const same = new Uint8Array(4 * 16).fill(7)
  const columns = {
    a: new BigUint64Array(4).fill(2n ** 63n),
    b: same,
    c: new Uint32Array(4),
    d: new BigInt64Array(4).fill(-1n),
  }
  const taken = takeRows(table, columns, Int32Array.of(3, 1), new Arena())
  expect(taken.a).toEqual(BigUint64Array.of(2n ** 63n, 2n ** 63n))
  expect([...taken.b]).toEqual(Array(32).fill(7))
  expect(taken.c).toEqual(Uint32Array.of(0, 0))
  expect(taken.d).toEqual(BigInt64Array.of(-1n, -1n))
})

it('takes none', () => {
  const table = { a: column('u64'), b: column('ip'), c: column('u8') }
  const columns = { a: BigUint64Array.of(1n, 2n), b: new Uint8Array(32), c: Uint8Array.of(1, 2) }
  const { a, b, c } = takeRows(table, columns, new Int32Array(0))
  expect([a.length, b.length, c.length]).toEqual([0, 0, 0])
})
