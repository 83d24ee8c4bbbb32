import { edgeLabels, endLabels } from '@headwater/contracts/api'
import { alertField, type Column, columnsOf } from '../../../model/columns.ts'
import { DataError } from '../api/errors.ts'
import type { Frame, FrameMeta } from '../frames/frame.ts'
import { longFields } from '../frames/long.ts'
import { type Dress, type Row, tableFields } from '../frames/table.ts'
import { type Ask, checkAlertSeries } from './ask.ts'

export interface Table {
  name: string
  columns: readonly Column[]
  rows: readonly Row[]
  /** Rows that there are, before the API's limit. */
  total?: number
  dress?: Dress
  /** On every frame of the range. */
  custom: Record<string, unknown>
  /** The API's answer, for panels that show it whole. */
  answer?: string
  notices?: FrameMeta['notices']
}

/** Labels are columns where rows have them: to ask for one that no row has, or of no rows, is no mistake. */
const labelNames = new Set<string>([...endLabels, ...edgeLabels])

/** @throws DataError naming a field that is none */
function checkFields(names: readonly string[], columns: readonly Column[], kind?: 'number'): void {
  const known = columns.filter((c) => !c.hidden && (kind === undefined || c.kind === kind || c.kind === 'boolean'))
  for (const name of names)
    if (!known.some((c) => c.name === name) && (kind !== undefined || !labelNames.has(name)))
      throw new DataError(
        'request',
        `There is no ${kind ?? 'field'} ${JSON.stringify(name)} here; there are ${known.map((c) => c.name).join(', ')}.`,
        { parameter: 'fields' },
      )
}

/** One number with labels, as alerts want it: nothing where there is nothing. */
function longFrame(ask: Ask, table: Table): Frame[] {
  const field = ask.query.fields[0] ?? alertField(ask.query)
  checkFields([field], table.columns, 'number')
  // Labels that are named after it are all that rows are told apart by.
  const isLabel = (c: Column): boolean => c.kind === 'label'
  const named = table.columns.filter((c) => isLabel(c) && ask.query.fields.includes(c.name, 1))
  const columns = named.length === 0 ? table.columns : [...named, ...table.columns.filter((c) => !isLabel(c))]
  const fields = longFields(columns, table.rows, field, { ...table.dress, biggestFirst: named.length > 0 })
  const rows = fields[0]?.values.length ?? 0
  // What the API left out would never fire.
  const unseen = ask.alert ? Math.max(0, (table.total ?? 0) - table.rows.length) : 0
  checkAlertSeries(ask, rows + unseen)
  if (rows === 0) return []
  const meta: FrameMeta = { type: 'numeric-long', typeVersion: [0, 1], custom: table.custom }
  return [{ name: table.name, refId: ask.refId, fields, meta }]
}

const limited = ({ rows, total }: Table): FrameMeta['notices'] =>
  total === undefined || total <= rows.length
    ? []
    : [{ severity: 'info', text: `The first ${rows.length} of ${total}: raise the limit, or narrow the filter.` }]

/** A table as the query's format wants it. No rows: no frame. */
export function tableFrames(ask: Ask, table: Table): Frame[] {
  const { query, refId } = ask
  if (ask.alert || query.format === 'long') return longFrame(ask, table)
  checkFields(query.fields, table.columns)
  if (table.rows.length === 0) return []
  const notices = [...(table.notices ?? []), ...(limited(table) ?? [])]
  const meta: FrameMeta = {
    preferredVisualisationType: 'table',
    custom: table.custom,
    ...(notices.length > 0 && { notices }),
  }
  const fields = tableFields(table.columns, table.rows, query.fields, table.dress)
  const answer = query.format === 'frames' ? table.answer : undefined
  return [{ name: table.name, refId, fields, meta, ...(answer !== undefined && { answer }) }]
}

/** Columns for the labels that rows have, in the order of their first appearance. */
export function labelColumns(labels: readonly Record<string, string>[]): Column[] {
  const names = new Set(labels.flatMap((l) => Object.keys(l)))
  return [...names].map((name) => ({ name, kind: 'label' }))
}

export const modelColumns = (ask: Ask): readonly Column[] => columnsOf[ask.query.queryType]
