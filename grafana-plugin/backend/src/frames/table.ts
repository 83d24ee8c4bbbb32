import type { Column } from '../../../model/columns.ts'
import type { DataLink, Field, FieldConfig } from './frame.ts'

export type Value = string | number | boolean | null | undefined
export type Row = Record<string, Value>

/** What is put into the columns of one answer that the model cannot know. */
export interface Dress {
  /** Grafana's unit of amounts of money. */
  currency?: string
  /** By column. */
  links?: Record<string, DataLink[]>
  /** Rows of one number in the order of it; else as they come. */
  biggestFirst?: boolean
}

function configOf(column: Column, dress: Dress): { config?: FieldConfig } {
  const unit = column.unit === 'currency' ? dress.currency : column.unit
  const links = dress.links?.[column.name]
  const config: FieldConfig = {
    ...(unit !== undefined && unit !== 'short' && { unit }),
    ...(links && { links }),
    ...(column.hidden && { custom: { hidden: true, hideFrom: { viz: true, legend: true, tooltip: true } } }),
  }
  return Object.keys(config).length === 0 ? {} : { config }
}

const numberOf = (value: Value): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)

/** One column of all rows. A number or time that is always there is not nullable. */
export function fieldOf(column: Column, rows: readonly Row[], dress: Dress = {}): Field {
  const head = { name: column.name, ...configOf(column, dress) }
  if (column.kind === 'boolean') return { ...head, type: 'boolean', values: rows.map((r) => r[column.name] === true) }
  if (column.kind === 'label' || column.kind === 'text')
    return { ...head, type: 'string', values: rows.map((r) => String(r[column.name] ?? '')) }
  const values = rows.map((r) => numberOf(r[column.name]))
  const whole = values.every((v): v is number => v !== null)
  if (column.kind === 'time')
    return whole ? { ...head, type: 'time', values } : { ...head, type: 'nullable-time', values }
  return whole ? { ...head, type: 'number', values } : { ...head, type: 'nullable-number', values }
}

const isEmpty = (name: string, rows: readonly Row[]): boolean => rows.every((r) => (r[name] ?? '') === '')

/** Columns that are shown: those asked for, with what links need; of all, no label that nothing has. */
export function shownColumns(columns: readonly Column[], rows: readonly Row[], names: readonly string[]): Column[] {
  if (names.length > 0) return columns.filter((c) => names.includes(c.name) || c.hidden)
  return columns.filter((c) => c.kind !== 'label' || !isEmpty(c.name, rows))
}

export const tableFields = (
  columns: readonly Column[],
  rows: readonly Row[],
  names: readonly string[] = [],
  dress: Dress = {},
): Field[] => shownColumns(columns, rows, names).map((column) => fieldOf(column, rows, dress))
