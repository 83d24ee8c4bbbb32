import type { EndLabel } from '@headwater/contracts'
import { matchedColumns, matcherCondition } from '../matchers/conditions.js'
import type { Matcher } from '../matchers/parse.js'
import type { TimeRange } from '../time/range.js'
import { endColumn, ends } from './labels.js'
import { histograms, type Measure, measures } from './measures.js'
import type { Params } from './params.js'
import { rollupRows } from './rollup.js'
import { orientedRows, TRANSLATED } from './rows.js'
import { chooseSources, endLabelsOf } from './source.js'

/** A connection that is open has a row at least each 60 s (the keep-alive); twice that and some, for a late one. */
export const OPEN_WINDOW_MS = 130_000

/** What is asked of the rows. */
export interface RowsQuery {
  range: TimeRange
  matchers: readonly Matcher[]
  /** Headwater's own connections too. */
  self: boolean
  /** Labels to give, as client_NAME and server_NAME. */
  columns: readonly string[]
  /** Further columns to give, `expression AS name` over the labels and the facts. */
  derived?: readonly { name: string; expression: string }[]
  /** Of a series, ms. */
  step?: number
  /** Further sums to give, as m_NAME. */
  sums?: readonly Measure[]
  /** Log buckets of the latencies too, see histogramColumns. */
  histograms?: boolean
  /** False: far ends' own rows name nothing more, see bothEndsStatement. */
  farEnds?: boolean
}

/** Of each end, beside its labels: whether it reported itself, is Headwater's own, and the class of its address. */
export const factColumns: readonly string[] = ends.flatMap((e) => [`${e}_observed`, `${e}_self`, `${e}_class`])

/** A known cluster makes an address one of ours, whatever its class. Wants the labels client_cluster and server_cluster. */
export const classColumns = ends.map((e) => `if(${e}_cluster != '', '', toString(remote_class)) AS ${e}_class`)

export const sharedColumns = [
  'f.time AS row_time',
  'f.counted AS row_counted',
  `toUInt8(${TRANSLATED}) AS translated`,
  'toString(f.transport) AS transport',
  'if(is_client, remote_port, local_port) AS port',
  'toUInt8(is_client) AS client_observed',
  'toUInt8(NOT is_client) AS server_observed',
  'toUInt8(is_client AND self) AS client_self',
  'toUInt8(NOT is_client AND self) AS server_self',
  ...classColumns,
]
const reasonColumns = [
  "if(f.failures > 0 AND f.failure_reason = '', 'other', toString(f.failure_reason)) AS reason",
  "CAST(map(), 'Map(String, UInt64)') AS reasons",
]
const sumsOf = ({ sums = [] }: RowsQuery): Measure[] => [...measures, ...sums]

/** `h_NAME`: the one bucket of a row where only raw rows are read; else buckets and their counts in `w_NAME`. */
function histogramColumns(source: 'raw' | 'raw beside rollup' | 'rollup'): string[] {
  if (source === 'raw') return histograms.map((h) => `${h.bucket} AS h_${h.name}`)
  const arrays = (keys: string, weights: string, name: string) => [`${keys} AS h_${name}`, `${weights} AS w_${name}`]
  if (source === 'rollup')
    return histograms.flatMap((h) => arrays(`mapKeys(${h.rollup})`, `mapValues(${h.rollup})`, h.name))
  return histograms.flatMap((h) =>
    arrays(`if(${h.measured}, [${h.bucket}], [])`, `if(${h.measured}, [toUInt64(1)], [])`, h.name),
  )
}

/** Buckets at the given levels, over edge rows with histograms, as arrays named NAME_buckets; 0 without a sample. */
export function bucketQuantiles(query: RowsQuery, levels: readonly number[]): string[] {
  const raw = chooseSources(query.range, neededColumns(query), query.step).rollup === undefined
  const quantiles = `quantilesExactWeighted${raw ? 'If' : 'Array'}(${levels.join(', ')})`
  return histograms.map(({ name }) => {
    const given = raw ? `r.h_${name}, toUInt64(1), r.m_${name}_count > 0` : `r.h_${name}, r.w_${name}`
    return `${quantiles}(${given}) AS ${name}_buckets`
  })
}

export const labelsOf = ({ columns, matchers }: RowsQuery): Set<EndLabel> =>
  new Set<EndLabel>([...endLabelsOf([...columns, ...matchedColumns(matchers)]), 'cluster'])

const neededColumns = ({ columns, matchers }: RowsQuery): string[] => [...columns, ...matchedColumns(matchers)]

const derivedColumns = ({ derived = [] }: RowsQuery): string[] => derived.map((d) => `${d.expression} AS ${d.name}`)

/** Names of what describes a row, the same from every source, so that they can be put together. */
const describing = (query: RowsQuery): string[] => [
  'row_time',
  'row_counted',
  'translated',
  'transport',
  'port',
  ...factColumns,
  ...[...labelsOf(query)].flatMap((l) => ends.map((e) => endColumn(e, l))),
  ...(query.derived ?? []).map((d) => d.name),
]

/**
 * Rows of the range, from flows and edges_1m in one shape: `m_*` are the measures, `row_counted` says whose bytes count,
 * failures are in `reasons` (rollup) or have `reason` (raw: a map per row would cost too much).
 */
export function edgeRows(query: RowsQuery, params: Params): string {
  const { range, matchers, self, step, farEnds = true, histograms: withHistograms = false } = query
  const labels = labelsOf(query)
  const where = matcherCondition(matchers, params)
  const sources = chooseSources(range, neededColumns(query), step)
  const sums = sumsOf(query)
  const buckets = (source: Parameters<typeof histogramColumns>[0]) => (withHistograms ? histogramColumns(source) : [])
  const raw = [
    ...sharedColumns,
    ...reasonColumns,
    ...sums.map((m) => `toUInt64(${m.raw}) AS m_${m.name}`),
    ...buckets(sources.rollup === undefined ? 'raw' : 'raw beside rollup'),
    ...derivedColumns(query),
  ]
  const parts = sources.raw.map((part) =>
    orientedRows({ range: part, self, labels, columns: raw, where, farEnds }, params),
  )
  if (sources.rollup !== undefined) {
    const columns = [...buckets('rollup'), ...derivedColumns(query)]
    parts.push(rollupRows({ range: sources.rollup, self, labels, where, sums, columns }, params))
  }
  if (parts.length === 1) return parts[0] as string
  const bucketNames = withHistograms ? histograms.flatMap(({ name }) => [`h_${name}`, `w_${name}`]) : []
  const names = [...describing(query), 'reason', 'reasons', ...sums.map((m) => `m_${m.name}`), ...bucketNames].join(
    ', ',
  )
  return parts.map((part) => `SELECT ${names} FROM (${part})`).join('\nUNION ALL\n')
}

/** The last row of each connection that is counted, or whose other end a NAT hides, and is open at the end of the range, described like the others. */
export function openRows(query: RowsQuery, params: Params): string {
  const { range, matchers, self, farEnds = true } = query
  const names = describing(query)
  const rows = orientedRows(
    {
      range: { from: range.to - OPEN_WINDOW_MS, to: range.to },
      self,
      farEnds,
      labels: labelsOf(query),
      where: matcherCondition(matchers, params),
      columns: [
        'f.instance AS instance',
        'f.cookie AS cookie',
        'f.sequence AS sequence',
        'f.open AS is_open',
        ...sharedColumns,
        ...derivedColumns(query),
      ],
    },
    params,
  )
  return `
SELECT ${names.map((n, i) => `tupleElement(last, ${i + 2}) AS ${n}`).join(', ')}
FROM (
  SELECT argMax((is_open, ${names.join(', ')}), (row_time, sequence, NOT is_open)) AS last
  FROM (${rows}) GROUP BY instance, cookie
)
WHERE tupleElement(last, 1) > 0 AND (row_counted OR translated)`
}
