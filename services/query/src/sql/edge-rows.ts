import type { EndLabel } from '@headwater/contracts'
import { matchedColumns, matcherCondition } from '../matchers/conditions.js'
import type { Matcher } from '../matchers/parse.js'
import type { TimeRange } from '../time/range.js'
import { type Fact, facts } from './facts.js'
import { histograms, type Measure } from './measures.js'
import type { Params } from './params.js'
import { rollupRows } from './rollup.js'
import { between, orientedRows } from './rows.js'
import { chooseSources, endLabelsOf, isRolledUp, type Sources } from './source.js'

/** A connection that is open has a row at least each 60 s (the keep-alive); twice that and some, for a late one. */
export const OPEN_WINDOW_MS = 130_000

/** What is asked of the rows: what nobody asks for is neither planned nor read. */
export interface RowsQuery {
  range: TimeRange
  matchers: readonly Matcher[]
  /** Headwater's own connections too. */
  self: boolean
  /** Labels to give, as client_NAME and server_NAME. */
  columns: readonly string[]
  facts?: readonly Fact[]
  /** Further columns to give, `expression AS name` over the labels and the facts. */
  derived?: readonly { name: string; expression: string }[]
  /** Of a series, ms. */
  step?: number
  /** Sums to give, as m_NAME. */
  sums?: readonly Measure[]
  /** Log buckets of the latencies too, see histogramColumns. */
  histograms?: boolean
  /** Failures by reason too, see reasonsOf. */
  reasons?: boolean
  /** False: far ends' own rows name nothing more, see bothEndsStatement. */
  farEnds?: boolean
}

const neededColumns = ({ columns, matchers }: RowsQuery): string[] => [...columns, ...matchedColumns(matchers)]

export const sourcesOf = (query: RowsQuery): Sources => chooseSources(query.range, neededColumns(query), query.step)

/** The class of an end is told by whether its cluster is known. */
export const labelsOf = (query: RowsQuery): Set<EndLabel> =>
  new Set([
    ...endLabelsOf(neededColumns(query)),
    ...(query.facts?.includes('client_class') ? ['cluster' as const] : []),
  ])

interface Column {
  name: string
  raw: string
  rollup: string
}

/** `h_NAME`: the one bucket of a row where only raw rows are read; else buckets and their counts in `w_NAME`. */
function histogramColumns(rolledUp: boolean): Column[] {
  if (!rolledUp) return histograms.map((h) => ({ name: `h_${h.name}`, raw: h.bucket, rollup: '' }))
  return histograms.flatMap((h) => [
    { name: `h_${h.name}`, raw: `if(${h.measured}, [${h.bucket}], [])`, rollup: `mapKeys(${h.rollup})` },
    { name: `w_${h.name}`, raw: `if(${h.measured}, [toUInt64(1)], [])`, rollup: `mapValues(${h.rollup})` },
  ])
}

/** Buckets at the given levels, over edge rows with histograms, as arrays named NAME_buckets; 0 without a sample. */
export function bucketQuantiles(query: RowsQuery, levels: readonly number[]): string[] {
  const rolledUp = isRolledUp(sourcesOf(query))
  const quantiles = `quantilesExactWeighted${rolledUp ? 'Array' : 'If'}(${levels.join(', ')})`
  return histograms.map(({ name }) => {
    const given = rolledUp ? `r.h_${name}, r.w_${name}` : `r.h_${name}, toUInt64(1), r.m_${name}_count > 0`
    return `${quantiles}(${given}) AS ${name}_buckets`
  })
}

const REASON = "if(f.failure_reason = '', 'other', toString(f.failure_reason))"

/** `reason` where only raw rows are read: a map for each of them would cost too much; else `reasons`. */
function reasonColumns(rolledUp: boolean): Column[] {
  if (!rolledUp) return [{ name: 'reason', raw: REASON, rollup: '' }]
  const type = 'Map(String, UInt64)'
  const raw = `CAST(if(f.failures > 0, map(${REASON}, toUInt64(f.failures)), map()), '${type}')`
  return [{ name: 'reasons', raw, rollup: `CAST(e.failures_by_reason, '${type}')` }]
}

/** Failures by reason of the rows for which `condition` holds; wants the measure `failures` of raw rows. */
export const reasonsOf = (query: RowsQuery, condition: string): string =>
  isRolledUp(sourcesOf(query))
    ? `sumMapIf(r.reasons, ${condition} AND notEmpty(r.reasons))`
    : `sumMapIf(map(r.reason, r.m_failures), ${condition} AND r.m_failures > 0)`

const derivedColumns = ({ derived = [] }: RowsQuery): Column[] =>
  derived.map(({ name, expression }) => ({ name, raw: expression, rollup: expression }))

const describing = (query: RowsQuery): Column[] => [
  ...(query.facts ?? []).map((name) => ({ name, ...facts[name] })),
  ...derivedColumns(query),
]

const columnsOf = (query: RowsQuery, rolledUp: boolean): Column[] => [
  { name: 'transport', raw: 'f.transport', rollup: 'e.transport' },
  ...describing(query),
  ...(query.sums ?? []).map((m) => ({ name: `m_${m.name}`, raw: m.raw, rollup: m.rollup })),
  ...(query.reasons ? reasonColumns(rolledUp) : []),
  ...(query.histograms ? histogramColumns(rolledUp) : []),
]

/** Rows of the range, from flows and the rollups in one shape: `m_*` are the sums asked for. */
export function edgeRows(query: RowsQuery, params: Params): string {
  const { matchers, self, farEnds = true } = query
  const sources = sourcesOf(query)
  const rolledUp = isRolledUp(sources)
  const labels = labelsOf(query)
  const where = matcherCondition(matchers, params)
  const columns = columnsOf(query, rolledUp)
  const given = (source: 'raw' | 'rollup') => columns.map((c) => `${c[source]} AS ${c.name}`)
  const parts: string[] = []
  if (rolledUp) parts.push(rollupRows({ sources, self, labels, where, columns: given('rollup') }, params))
  if (sources.raw.length > 0) {
    // Beside a rollup, which knows what ingest told, the started minutes are to say no more than that.
    const naming = farEnds && !rolledUp
    parts.push(
      orientedRows({ ranges: sources.raw, self, labels, columns: given('raw'), where, farEnds: naming }, params),
    )
  }
  return parts.join('\nUNION ALL')
}

/** What sets one connection apart from others, in rows of `flows`. The conversations of a socket of datagrams share its cookie. */
export const connectionColumns = [
  'f.instance AS instance',
  'f.cookie AS cookie',
  "if(f.transport = 'udp', f.connection_id, 0) AS conversation",
]
export const CONNECTION = 'instance, cookie, conversation'

/** The last row of each connection that is open at the end of the range, described like the others. */
export function openRows(query: RowsQuery, params: Params): string {
  const { range, matchers, self, farEnds = true } = query
  const described = describing(query)
  const window = { from: range.to - OPEN_WINDOW_MS, to: range.to }
  // Most rows are of connections that are gone: those are left out before anything is made of them.
  const seenOpen = `SELECT instance, cookie FROM flows WHERE ${between(window, params)} AND open > 0`
  const rows = orientedRows(
    {
      ranges: [window],
      self,
      farEnds: farEnds && !isRolledUp(sourcesOf(query)),
      labels: labelsOf(query),
      where: `(f.instance, f.cookie) IN (${seenOpen}) AND (${matcherCondition(matchers, params)})`,
      columns: [
        ...connectionColumns,
        'f.sequence AS sequence',
        'f.time AS seen',
        'f.open AS is_open',
        'f.transport AS transport',
        ...described.map((c) => `${c.raw} AS ${c.name}`),
      ],
    },
    params,
  )
  return `
SELECT *
FROM (${rows} ORDER BY seen DESC, sequence DESC, is_open LIMIT 1 BY ${CONNECTION})
WHERE is_open > 0`
}
