import { expect, it } from 'vitest'
import { ColumnNames } from './column-names.js'

it('bounds the series that names from the bus can make', () => {
  const names = new ColumnNames()
  expect(names.label('newer_column')).toBe('newer_column')
  for (const odd of ['', 'Ü', '\u0000\u001b[2J', 'a'.repeat(64), 'a b', '"} 1']) expect(names.label(odd)).toBe('other')
  const labels = new Set(Array.from({ length: 1000 }, (_, i) => names.label(`column_${i}`)))
  expect(labels.size).toBe(100)
  expect(labels).toContain('other')
  expect(names.label('newer_column')).toBe('newer_column')
})
