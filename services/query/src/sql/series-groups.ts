import type { EndLabel } from '@headwater/contracts'
import type { GroupingRule } from '../graph/grouping.js'
import { edgeRows, type RowsQuery } from './edge-rows.js'
import { type End, endColumn } from './labels.js'
import { Params } from './params.js'
import {
  followed,
  type OpenGroups,
  type OpenRow,
  type SeriesQuery,
  type SeriesRow,
  stepOf,
  stepSums,
} from './series.js'
import { endLabelsOf } from './source.js'
import type { Statement } from './statement.js'

/** Series of parts: of edges (both ends), of clients or of servers, under a grouping. */
export interface GroupsQuery extends SeriesQuery {
  rule: GroupingRule
  ends: readonly End[]
  /** The biggest of them. */
  limit: number
}

type Keys = Record<string, string>
export type GroupRow = SeriesRow & Keys
export type GroupOpenRow = OpenRow & Keys

/** The label of an end that stands where its name is unknown, beside the labels. Ends that only a class tells apart are one. */
const fallbackOf = ({ rule }: GroupsQuery, end: End): string[] =>
  rule.fallback === 'service' ? [`${end}_fallback`] : []

export const groupKeys = (query: GroupsQuery): string[] => [
  ...query.ends.flatMap((e) => [...query.rule.labels.map((l) => endColumn(e, l)), ...fallbackOf(query, e)]),
  ...(query.ends.length > 1 ? ['transport'] : []),
]

const derivedOf = (query: GroupsQuery) =>
  query.ends.flatMap((e) =>
    fallbackOf(query, e).map((name) => ({
      name,
      expression: `if(${endColumn(e, query.rule.name)} = '', ${endColumn(e, 'service')}, '')`,
    })),
  )

const labelColumns = ({ rule, ends }: GroupsQuery): string[] => {
  const needed: EndLabel[] = [...rule.labels, ...(rule.fallback === 'service' ? (['service'] as const) : [])]
  return needed.flatMap((l) => ends.map((e) => endColumn(e, l)))
}

/** What is asked of the rows, but for their sums. */
export function groupedRowsOf(query: GroupsQuery): RowsQuery {
  const { range, matchers, self, step, farEnds = true } = query
  return { range, matchers, self, step, farEnds, columns: labelColumns(query), derived: derivedOf(query) }
}

const weighed = followed.filter((m) =>
  ['client_to_server_bytes', 'server_to_client_bytes', 'connects', 'failures'].includes(m.name),
)
/** As the edges' order: a refused one must not be left out for a big one only because it has no bytes. */
const WEIGHT =
  'sumIf(r.m_client_to_server_bytes + r.m_server_to_client_bytes + 1000 * (r.m_connects + r.m_failures), r.row_counted)'
export const groupWeight = (row: SeriesRow): number =>
  (row.client_to_server_bytes ?? 0) +
  (row.server_to_client_bytes ?? 0) +
  1000 * ((row.connects ?? 0) + (row.failures ?? 0))

/** Groups that a counted row speaks for, as a statement of their keys. */
function spokenFor(query: GroupsQuery, params: Params, order: string): string {
  const keys = groupKeys(query).join(', ')
  const rows = edgeRows({ ...groupedRowsOf(query), facts: ['row_counted'], sums: weighed }, params)
  return `SELECT ${keys} FROM (${rows}) AS r GROUP BY ${keys} HAVING max(r.row_counted) > 0${order}`
}

const chosen = (query: GroupsQuery, params: Params): string =>
  spokenFor(query, params, ` ORDER BY ${WEIGHT} DESC, ${groupKeys(query).join(', ')} LIMIT ${query.limit}`)

/** What was counted in each step of the biggest groups. */
export function groupsStatement(query: GroupsQuery): Statement {
  const params = new Params()
  const keys = groupKeys(query).join(', ')
  const rows = edgeRows({ ...groupedRowsOf(query), facts: ['row_time', 'row_counted'], sums: followed }, params)
  const text = `
SELECT ${keys}, ${stepOf('toUnixTimestamp64Milli(row_time)', params, query.step)} AS step_time, ${stepSums.join(', ')}
FROM (${rows}) AS r
WHERE (${keys}) IN (${chosen(query, params)})
GROUP BY ${keys}, step_time`
  return { name: 'series-groups', text, params: params.values }
}

/** How many groups there are, for where there are more than are given. */
export function groupCountStatement(query: GroupsQuery): Statement {
  const params = new Params()
  const text = `SELECT count() AS groups FROM (${spokenFor(query, params, '')})`
  return { name: 'series-group-count', text, params: params.values }
}

/** The groups for the statement of open connections. */
export const openGroups = (query: GroupsQuery): OpenGroups => ({
  keys: groupKeys(query),
  labels: endLabelsOf(labelColumns(query)),
  derived: derivedOf(query).map((d) => `${d.expression} AS ${d.name}`),
  chosen: (params) => chosen(query, params),
})
