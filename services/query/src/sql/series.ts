import { matchedColumns, matcherCondition } from '../matchers/conditions.js'
import type { Matcher } from '../matchers/parse.js'
import type { TimeRange } from '../time/range.js'
import { edgeRows, OPEN_WINDOW_MS } from './edge-rows.js'
import { measures } from './measures.js'
import { Params } from './params.js'
import { orientedRows } from './rows.js'
import { endLabelsOf } from './source.js'
import type { Statement } from './statement.js'

export interface SeriesQuery {
  range: TimeRange
  matchers: readonly Matcher[]
  self: boolean
  /** ms */
  step: number
}

/** Sums of one step; `step_time` is its start in Unix ms. */
export type SeriesRow = Record<string, number> & { step_time: number }

const stepOf = (ms: string, params: Params, step: number): string => {
  const p = params.add(step, 'Int64')
  return `intDiv(${ms}, ${p}) * ${p}`
}

/** What was counted in each step that has any row. */
export function seriesStatement(query: SeriesQuery): Statement {
  const params = new Params()
  const sums = measures.map(
    (m) => `${m.counted ? `sumIf(r.m_${m.name}, r.row_counted)` : `sum(r.m_${m.name})`} AS ${m.name}`,
  )
  const text = `
SELECT ${stepOf('toUnixTimestamp64Milli(row_time)', params, query.step)} AS step_time, ${sums.join(', ')}
FROM (${edgeRows({ ...query, columns: [] }, params)}) AS r
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

/**
 * How the number of open connections changes in each step: each connection adds one where it began (in the first step,
 * if before) and takes one where it was last seen, by its close or by its silence. Changes after the last step's end are left out.
 */
export function openSeriesStatement({ range, matchers, self, step }: SeriesQuery): Statement {
  const params = new Params()
  const first = Math.floor(range.from / step) * step
  const rows = orientedRows(
    {
      range: { from: first - OPEN_WINDOW_MS, to: range.to },
      self,
      labels: endLabelsOf(matchedColumns(matchers)),
      where: `f.counted AND (f.open > 0 OR f.closes > 0) AND (${matcherCondition(matchers, params)})`,
      columns: [
        'f.instance AS instance',
        'f.cookie AS cookie',
        'toUnixTimestamp64Milli(f.start) AS start_ms',
        'toUnixTimestamp64Milli(f.time) AS row_ms',
        'f.open AS is_open',
        'toString(f.transport) AS transport',
      ],
    },
    params,
  )
  const at = (ms: string) => stepOf(`greatest(${ms}, ${params.add(first, 'Int64')})`, params, step)
  const text = `
SELECT step_time, sum(change) AS change
FROM (
  SELECT arrayJoin([(${at('began')}, 1), (${at('ended')}, -1)]) AS event, event.1 AS step_time, event.2 AS change
  FROM (
    SELECT min(start_ms) AS began, argMax(is_open, (row_ms, NOT is_open)) AS still,
      max(row_ms) + if(still > 0, ${params.add(OPEN_WINDOW_MS, 'Int64')}, 0) AS ended
    FROM (${rows}) GROUP BY instance, cookie
  )
)
WHERE step_time < ${params.add(range.to, 'Int64')}
GROUP BY step_time`
  return { name: 'open-series', text, params: params.values }
}
