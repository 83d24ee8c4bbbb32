import type { EndLabel } from '@headwater/contracts'
import { matchedColumns, matcherCondition } from '../matchers/conditions.js'
import type { Matcher } from '../matchers/parse.js'
import type { TimeRange } from '../time/range.js'
import { CONNECTION, connectionColumns, edgeRows, OPEN_WINDOW_MS, type RowsQuery } from './edge-rows.js'
import { measures } from './measures.js'
import { Params } from './params.js'
import { between, orientedRows } from './rows.js'
import { endLabelsOf } from './source.js'
import type { Statement } from './statement.js'

export interface SeriesQuery {
  range: TimeRange
  matchers: readonly Matcher[]
  self: boolean
  /** ms */
  step: number
  /** False: far ends' own rows name nothing more, as namesFarEnds told. */
  farEnds?: boolean
}

/** Sums of one step; `step_time` is its start in Unix ms. */
export type SeriesRow = Record<string, number> & { step_time: number }

export const stepOf = (ms: string, params: Params, step: number): string => {
  const p = params.add(step, 'Int64')
  return `intDiv(${ms}, ${p}) * ${p}`
}

/** What a series is made of. */
const names = new Set([
  'client_to_server_bytes',
  'server_to_client_bytes',
  'connects',
  'failures',
  'retransmits',
  'connect_us_sum',
  'connect_us_count',
  'srtt_us_sum',
  'srtt_us_count',
])
export const followed = measures.filter((m) => names.has(m.name))

/** What is asked of the rows, but for their sums. */
export const rowsOf = (query: SeriesQuery): RowsQuery => ({ ...query, columns: [] })

/** Over rows `r`, by name. */
export const stepSums = followed.map(
  (m) => `${m.counted ? `sumIf(r.m_${m.name}, r.row_counted)` : `sum(r.m_${m.name})`} AS ${m.name}`,
)

/** What was counted in each step that has any row. */
export function seriesStatement(query: SeriesQuery): Statement {
  const params = new Params()
  const rows = edgeRows({ ...rowsOf(query), facts: ['row_time', 'row_counted'], sums: followed }, params)
  const text = `
SELECT ${stepOf('toUnixTimestamp64Milli(row_time)', params, query.step)} AS step_time, ${stepSums.join(', ')}
FROM (${rows}) AS r
GROUP BY step_time`
  return { name: 'series', text, params: params.values }
}

/** The longest range over which connections are followed one by one. */
export const OPEN_SERIES_RANGE_MS = 6 * 3_600_000

/** A change in the number of open connections within a step. */
export interface OpenRow {
  step_time: number
  change: number
}

/** A connection's first row says connects or accepts, its last one closes. */
const ONE_ROW = 'f.closes > 0 AND f.connects + f.accepts > 0'

/** What series are split by, for the statement of their open connections. */
export interface OpenGroups {
  keys: readonly string[]
  /** Labels that the keys are made of. */
  labels: ReadonlySet<EndLabel>
  /** Keys that are no labels, as expressions over them. */
  derived: readonly string[]
  /** The groups to give, as a statement. */
  chosen(params: Params): string
}

const noGroups: OpenGroups = { keys: [], labels: new Set(), derived: [], chosen: () => '' }

/**
 * How the number of open connections changes in each step: each connection adds one where it began (in the first step,
 * if before) and takes one where it was last seen, by its close or by its silence. Changes after the last step's end are left out.
 * Most connections have one row, which says both; only the others are followed over their rows, and are of the group of the last.
 */
export function openSeriesStatement(query: SeriesQuery, groups: OpenGroups = noGroups): Statement {
  const { range, matchers, self, step, farEnds = true } = query
  const params = new Params()
  const first = Math.floor(range.from / step) * step
  const read = { from: first - OPEN_WINDOW_MS, to: range.to }
  const condition = matcherCondition(matchers, params)
  const rows = (columns: readonly string[], where: string) =>
    orientedRows(
      {
        ranges: [read],
        self,
        farEnds,
        labels: new Set([...endLabelsOf(matchedColumns(matchers)), ...groups.labels]),
        where: `f.counted AND ${where} AND (${condition})`,
        columns: [...columns, 'f.transport AS transport', ...groups.derived],
      },
      params,
    )
  const start = 'toUnixTimestamp64Milli(f.start) AS began'
  const time = 'toUnixTimestamp64Milli(f.time) AS seen'
  const socket = [...connectionColumns, 'f.open AS is_open']
  // Datagrams' last row says no close. Most conversations, as questions to name servers, have no other: those are not followed.
  const seenOpen = `SELECT instance, cookie, connection_id FROM flows WHERE ${between(read, params)} AND transport = 'udp' AND open > 0`
  const ends = `f.closes > 0 OR (f.transport = 'udp' AND (f.instance, f.cookie, f.connection_id) IN (${seenOpen}))`
  const at = (ms: string) => stepOf(`greatest(${ms}, ${params.add(first, 'Int64')})`, params, step)
  const { keys } = groups
  const given = keys.map((k) => `${k}, `).join('')
  const last = keys.map((k) => `argMax(${k}, seen), `).join('')
  const among = keys.length === 0 ? '' : ` AND (${keys.join(', ')}) IN (${groups.chosen(params)})`
  const text = `
SELECT ${given}step_time, sum(change) AS change
FROM (
  SELECT ${given}arrayJoin([(${at('began')}, 1), (${at('ended')}, -1)]) AS event, event.1 AS step_time, event.2 AS change
  FROM (
    SELECT ${given}began, seen AS ended FROM (${rows([start, time], ONE_ROW)})
    UNION ALL
    SELECT ${last}min(began), max(seen) + if(argMax(is_open, (seen, NOT is_open)) > 0, ${params.add(OPEN_WINDOW_MS, 'Int64')}, 0)
    FROM (${rows([...socket, start, time], `(f.open > 0 OR ${ends}) AND NOT (${ONE_ROW})`)})
    GROUP BY ${CONNECTION}
  )
)
WHERE step_time < ${params.add(range.to, 'Int64')}${among}
GROUP BY ${given}step_time`
  return { name: 'open-series', text, params: params.values }
}
