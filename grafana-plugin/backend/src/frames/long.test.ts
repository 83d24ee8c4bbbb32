import { expect, test } from 'vitest'
import type { Column } from '../../../model/columns.ts'
import { longFields } from './long.ts'

const columns: Column[] = [
  { name: 'service', kind: 'label' },
  { name: 'zone', kind: 'label' },
  { name: 'state', kind: 'text' },
  { name: 'failures', kind: 'number', sum: true },
  { name: 'ratio', kind: 'number' },
]
const values = (rows: Parameters<typeof longFields>[1], name: string) =>
  longFields(columns, rows, name).map((f) => [f.name, f.type, f.values])

test('the number first, then labels that anything has', () => {
  expect(values([{ service: 'a', state: 'x', failures: 1 }], 'failures')).toEqual([
    ['failures', 'number', [1]],
    ['service', 'string', ['a']],
  ])
})

test('rows without the number are left out; where none has it there is nothing', () => {
  const rows = [
    { service: 'a', ratio: null },
    { service: 'b', ratio: 0.5 },
    { service: 'c', ratio: Number.NaN },
  ]
  expect(values(rows, 'ratio')).toEqual([
    ['ratio', 'number', [0.5]],
    ['service', 'string', ['b']],
  ])
  expect(values([{ service: 'a', ratio: null }], 'ratio')).toEqual([])
})

test('rows of the same labels become one: sums add up, of others the greatest stands', () => {
  const rows = [
    { service: 'a', failures: 1, ratio: 0.1 },
    { service: 'a', failures: 2, ratio: 0.3 },
  ]
  expect(values(rows, 'failures')[0]).toEqual(['failures', 'number', [3]])
  expect(values(rows, 'ratio')[0]).toEqual(['ratio', 'number', [0.3]])
})
