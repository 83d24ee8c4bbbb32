import type { Column } from '../../../model/columns.ts'
import type { Field } from './frame.ts'
import { type Dress, fieldOf, type Row } from './table.ts'

/**
 * One number and the labels of what it is of (Grafana's numeric-long). Rows without the number are left out: null
 * becomes NaN in places, and NaN fires. Rows of the same labels, which Grafana refuses, become one.
 */
export function longFields(columns: readonly Column[], rows: readonly Row[], name: string, dress: Dress = {}): Field[] {
  const number = columns.find((c) => c.name === name)
  if (number === undefined) return []
  const labels = columns.filter((c) => c.kind === 'label')
  const merged = new Map<string, Row>()
  for (const row of rows) {
    const value = row[name] === true ? 1 : row[name] === false ? 0 : row[name]
    if (typeof value !== 'number' || !Number.isFinite(value)) continue
    const key = JSON.stringify(labels.map((l) => row[l.name] ?? ''))
    const known = merged.get(key)?.[name]
    const whole = typeof known !== 'number' ? value : number.sum ? known + value : Math.max(known, value)
    merged.set(key, { ...row, [name]: whole })
  }
  const kept = [...merged.values()]
  if (dress.biggestFirst) kept.sort((a, b) => Number(b[name]) - Number(a[name]))
  if (kept.length === 0) return []
  const shown = labels.filter((l) => kept.some((row) => (row[l.name] ?? '') !== ''))
  return [fieldOf({ ...number, kind: 'number' }, kept, dress), ...shown.map((l) => fieldOf(l, kept))]
}
