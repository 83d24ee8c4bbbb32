import { FIRST_REPLAYED_SEQUENCE } from '@headwater/contracts'
import type { TimeRange } from '../time/range.js'
import { Params } from './params.js'
import type { Statement } from './statement.js'

/** A node that was silent for this long before a range is forgotten there: it is no longer expected. */
export const FORGET_MS = 24 * 3_600_000
/** Beyond its interval, how long a report holds (decisions: the lease of a live agent). */
export const LEASE_SLACK_MS = 30_000
/** Batches told in a report younger than this may still be under way. */
export const IN_FLIGHT_MS = 10_000
/** A batch can hold rows older than its range by what waited in the agent's queue. */
const BATCH_SLACK_MS = 24 * 3_600_000

const known = ({ from, to }: TimeRange, params: Params): string =>
  `time > ${params.time(from - FORGET_MS)} AND time <= ${params.time(to)}`

/** What one agent instance produced within the range by its reports, and what of just those batches is stored; of flows and of DNS. */
export interface DeliveryRow {
  instance: string
  produced: number
  stored: number
  dns_produced: number
  dns_stored: number
}

/** Times as SQL: batches older than `since` are not looked at; replayed ones belong where their rows do. */
interface Times {
  since: string
  from: string
  until: string
}

/** Rows stored of the batches that reports in the range tell of, and of rows of the range that were put aside and replayed, by instance. */
const storedIn = (batches: string, prefix: string, { since, from, until }: Times): string => `
  SELECT b.instance AS instance, sum(b.rows) AS stored
  FROM ${batches} AS b INNER JOIN reports AS r ON b.instance = r.instance
  WHERE b.max_time >= ${since} AND (b.sequence > r.${prefix}batches_before AND b.sequence <= r.${prefix}batches_until
    OR b.sequence >= ${FIRST_REPLAYED_SEQUENCE} AND b.max_time > ${from} AND b.max_time <= ${until})
  GROUP BY b.instance`

/** @param until Unix ms: the last report that is looked at, at most `range.to` */
export function deliveryStatement(range: TimeRange, until: number): Statement {
  const params = new Params()
  const before = `time <= ${params.time(range.from)}`
  const times = {
    since: params.time(Math.max(0, range.from - BATCH_SLACK_MS)),
    from: params.time(range.from),
    until: params.time(until),
  }
  const told = (prefix: string, column: string) =>
    `maxIf(${column}, ${before}) AS ${prefix}_before, max(${column}) AS ${prefix}_until`
  const text = `
WITH reports AS (
  SELECT instance, ${told('rows', 'produced_rows')}, ${told('batches', 'produced_batches')},
    ${told('dns_rows', 'dns_produced_rows')}, ${told('dns_batches', 'dns_produced_batches')}
  FROM nodes WHERE ${known({ from: range.from, to: until }, params)} GROUP BY instance
)
SELECT toString(r.instance) AS instance, r.rows_until - r.rows_before AS produced, s.stored AS stored,
  r.dns_rows_until - r.dns_rows_before AS dns_produced, d.stored AS dns_stored
FROM reports AS r
LEFT JOIN (${storedIn('batches', '', times)}) AS s ON r.instance = s.instance
LEFT JOIN (${storedIn('dns_batches', 'dns_', times)}) AS d ON r.instance = d.instance`
  return { name: 'delivery', text, params: params.values }
}

/** What one agent instance had lost before the range and until its end. */
export interface LossRow {
  dropped_before: Record<string, number>
  dropped_until: Record<string, number>
  dns_dropped_before: Record<string, number>
  dns_dropped_until: Record<string, number>
  losses_before: Record<string, number>
  losses_until: Record<string, number>
}

/** As reports and batches tell it: whichever of the two says more, for counts never go back, and the other may not have come. */
export function lossStatement(range: TimeRange): Statement {
  const params = new Params()
  const before = `time <= ${params.time(range.from)}`
  const within = known(range, params)
  const told = (name: string) => `maxMapIf(${name}, ${before}) AS ${name}_before, maxMap(${name}) AS ${name}_until`
  const none = "CAST(map(), 'Map(LowCardinality(String), UInt64)')"
  const text = `
SELECT ${told('dropped')}, ${told('dns_dropped')}, ${told('losses')} FROM (
  SELECT instance, time, dropped, dns_dropped, losses FROM nodes WHERE ${within}
  UNION ALL
  SELECT instance, time, if(topic = 'flows', l.dropped, ${none}) AS dropped, if(topic = 'dns', l.dropped, ${none}) AS dns_dropped, losses
  FROM losses AS l WHERE ${within}
)
GROUP BY instance HAVING notEmpty(losses_until) OR notEmpty(dropped_until) OR notEmpty(dns_dropped_until)`
  return { name: 'losses', text, params: params.values }
}

/** Seconds of one node: expected from its first report to its clean stop, heard while a report's lease holds. */
export interface CoverageRow {
  cluster: string
  node: string
  expected_ms: number
  heard_ms: number
  silent: number
}

export function coverageStatement(range: TimeRange): Statement {
  const params = new Params()
  const from = params.add(range.from, 'Int64')
  const to = params.add(range.to, 'Int64')
  const text = `
SELECT toString(cluster) AS cluster, toString(node) AS node,
  arraySort(groupArray((toUnixTimestamp64Milli(time), toInt64(interval_ms) + ${LEASE_SLACK_MS}, stopping))) AS reports,
  arrayPushBack(arrayMap(r -> r.1, arrayPopFront(reports)), ${to}) AS nexts,
  arraySum(arrayMap((r, next) -> if(r.3 = 1, 0, greatest(0, next - greatest(r.1, ${from}))), reports, nexts)) AS expected_ms,
  arraySum(arrayMap((r, next) -> if(r.3 = 1, 0, greatest(0, least(next, r.1 + r.2) - greatest(r.1, ${from}))), reports, nexts)) AS heard_ms,
  toUInt8(reports[-1].3 = 0 AND reports[-1].1 + reports[-1].2 < ${to}) AS silent
FROM nodes WHERE ${known(range, params)}
GROUP BY cluster, node`
  return {
    name: 'coverage',
    text: `SELECT cluster, node, expected_ms, heard_ms, silent FROM (${text}) ORDER BY cluster, node`,
    params: params.values,
  }
}

/** The first report of any agent in the range or not long before it. */
export interface ObservedRow {
  /** Unix ms; 0 where none reported. */
  since: number
}

export function observedStatement(range: TimeRange): Statement {
  const params = new Params()
  const text = `SELECT toUnixTimestamp64Milli(min(time)) AS since FROM nodes WHERE ${known(range, params)}`
  return { name: 'observed', text, params: params.values }
}
