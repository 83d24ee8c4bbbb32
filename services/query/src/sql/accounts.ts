import { FIRST_REPLAYED_SEQUENCE } from '@headwater/contracts'
import { columnCondition } from '../matchers/conditions.js'
import type { Matcher } from '../matchers/parse.js'
import type { TimeRange } from '../time/range.js'
import { FORGET_MS } from './completeness.js'
import { Params } from './params.js'
import { stepOf } from './series.js'
import type { Statement } from './statement.js'

/** What is asked of accounts: reports of the range, and what became of the batches that they are the first to tell of. */
export interface AccountsQuery {
  range: TimeRange
  /** Of cluster, node and instance. */
  matchers: readonly Matcher[]
  /** ms */
  step: number
}

/** Rows of `AccountReportRow` at most: what one answer may hold. */
export const MAX_REPORT_ROWS = 100_000
/** `step_time` of what was reported before the range. */
export const BEFORE = -1
/** A report that tells of batches of the range comes within this after it. */
const AFTER_MS = 10 * 60_000
/** Batches are told of so much after their last row at most, where reports come at all. */
const TOLD_MS = 10 * 60_000
const REPORTING_MS = 5 * 60_000

type Topic = 'flows' | 'dns'

/** Cumulative counts of one agent instance as of the end of a step. */
export interface AccountReportRow {
  cluster: string
  node: string
  instance: string
  step_time: number
  rows: number
  batches: number
  dropped: Record<string, number>
  dns_rows: number
  dns_batches: number
  dns_dropped: Record<string, number>
  /** Time of the last report; Unix ms. */
  last: number
}

const ms = (time: string): string => `toUnixTimestamp64Milli(${time})`
const none = "CAST(map(), 'Map(LowCardinality(String), UInt64)')"
const matched = (matchers: readonly Matcher[], params: Params): string =>
  matchers.length === 0 ? '1' : `(${matchers.map((m) => columnCondition(m, params)).join(' AND ')})`

/** What agents tell in each step, by reports and batches: whichever of the two says more. */
export function accountReportsStatement({ range, matchers, step }: AccountsQuery): Statement {
  const params = new Params()
  const from = params.time(range.from)
  const within = `time > ${params.time(range.from - FORGET_MS)} AND time < ${params.time(range.to)} AND ${matched(matchers, params)}`
  const text = `
SELECT toString(r.cluster) AS cluster, toString(r.node) AS node, toString(r.instance) AS instance,
  if(r.time < ${from}, ${BEFORE}, ${stepOf(ms('r.time'), params, step)}) AS step_time,
  max(r.rows_told) AS rows, max(r.batches_told) AS batches, maxMap(r.dropped_told) AS dropped,
  max(r.dns_rows_told) AS dns_rows, max(r.dns_batches_told) AS dns_batches, maxMap(r.dns_dropped_told) AS dns_dropped,
  maxIf(${ms('r.time')}, r.is_report) AS last
FROM (
  SELECT cluster, node, instance, time, produced_rows AS rows_told, produced_batches AS batches_told, dropped AS dropped_told,
    dns_produced_rows AS dns_rows_told, dns_produced_batches AS dns_batches_told, dns_dropped AS dns_dropped_told, 1 AS is_report
  FROM nodes WHERE ${within}
  UNION ALL
  SELECT cluster, node, instance, time, 0, 0, if(topic = 'flows', dropped, ${none}), 0, 0, if(topic = 'dns', dropped, ${none}), 0
  FROM losses WHERE ${within}
) AS r
GROUP BY cluster, node, instance, step_time
ORDER BY step_time
LIMIT ${MAX_REPORT_ROWS + 1}`
  return { name: 'account-reports', text, params: params.values }
}

/** What was reported before the range, so that not every statement reads all of that. */
export interface ReportedBefore {
  /** Of each instance up to which batch, of flows and of DNS. */
  instances: readonly string[]
  upto: Readonly<Record<Topic, readonly bigint[]>>
  /** Instances that had not reported for a while as the range began: older batches may be told of in it. */
  seldom: readonly string[]
}

/** @param rows of accountReportsStatement @param from Unix ms, where the range begins */
export function reportedBefore(rows: readonly AccountReportRow[], from: number): ReportedBefore {
  const before = rows.filter((row) => row.step_time === BEFORE)
  const often = new Set(before.filter(({ last }) => last >= from - REPORTING_MS).map(({ instance }) => instance))
  return {
    instances: before.map(({ instance }) => instance),
    upto: {
      flows: before.map(({ batches }) => BigInt(batches)),
      dns: before.map(({ dns_batches }) => BigInt(dns_batches)),
    },
    seldom: [...new Set(rows.map(({ instance }) => instance))].filter((instance) => !often.has(instance)),
  }
}

/** Of each instance, up to which batch it had told by when: a row for each time that changed, and one for all before the range. */
function toldOf(topic: Topic, { range, matchers }: AccountsQuery, before: ReportedBefore, params: Params): string {
  const batches = topic === 'dns' ? 'dns_produced_batches' : 'produced_batches'
  const known = `arrayZip(${params.add(before.instances, 'Array(String)')}, ${params.add(before.upto[topic], 'Array(UInt64)')})`
  return `
told AS (
  SELECT who, upto, min(at) AS at FROM (
    SELECT toString(instance) AS who, ${batches} AS upto, time AS at FROM nodes
    WHERE time >= ${params.time(range.from)} AND time < ${params.time(range.to + AFTER_MS)} AND ${matched(matchers, params)}
    UNION ALL
    SELECT b.1, b.2, ${params.time(0)} FROM (SELECT arrayJoin(${known}) AS b)
  )
  GROUP BY who, upto
)`
}

/** Where the batch `b` belongs: at the first report that tells of it; one that none tells of, at its own time. */
const place = `if(b.sequence = 0 OR b.sequence >= ${FIRST_REPLAYED_SEQUENCE} OR t.upto = 0, b.time, t.at)`
const isReplayed = `b.sequence >= ${FIRST_REPLAYED_SEQUENCE}`
const isUntold = `b.sequence != 0 AND NOT (${isReplayed}) AND t.upto = 0`

function inRange({ range, step }: AccountsQuery, params: Params): { step: string; where: string } {
  return {
    step: stepOf(ms(place), params, step),
    where: `${place} >= ${params.time(range.from)} AND ${place} < ${params.time(range.to)}`,
  }
}

/** Batches that are stored. */
export interface AccountStoredRow {
  cluster: string
  node: string
  instance: string
  step_time: number
  kind: 'stored' | 'untold' | 'replayed'
  rows: number
  batches: number
}

export function accountStoredStatement(topic: Topic, query: AccountsQuery, before: ReportedBefore): Statement {
  const { range, matchers } = query
  const params = new Params()
  const told = toldOf(topic, query, before, params)
  const table = topic === 'dns' ? 'dns_batches' : 'batches'
  const [first, end] = [params.time(range.from - FORGET_MS), params.time(range.to + AFTER_MS)]
  // Of agents that report all along, batches of hours ago are told of long since.
  const recent = `max_time >= ${params.time(range.from - TOLD_MS)} OR instance IN ${params.add(before.seldom, 'Array(String)')}`
  const { step, where } = inRange(query, params)
  const text = `
WITH ${told}
SELECT any(b.cluster) AS cluster, any(b.node) AS node, b.who AS instance, ${step} AS step_time,
  multiIf(${isReplayed}, 'replayed', ${isUntold}, 'untold', 'stored') AS kind, sum(b.stored) AS rows, uniqExact(b.sequence) AS batches
FROM (
  SELECT toString(cluster) AS cluster, toString(node) AS node, toString(instance) AS who, sequence, rows AS stored, max_time AS time FROM ${table}
  WHERE max_time >= ${first} AND max_time < ${end} AND ${matched(matchers, params)}
    AND (${recent})
) AS b ASOF LEFT JOIN told AS t ON b.who = t.who AND b.sequence <= t.upto
WHERE ${where}
GROUP BY instance, step_time, kind`
  return { name: topic === 'dns' ? 'account-dns-stored' : 'account-stored', text, params: params.values }
}

/** Batches that were left out. */
export interface AccountLeftOutRow {
  cluster: string
  node: string
  instance: string
  step_time: number
  kind: 'duplicate' | 'dead'
  reason: string
  /** 1: no report tells of them. */
  untold: number
  rows: number
  batches: number
}

/**
 * Dead batches once for each reason, however often their messages came; a batch that was replayed and is dead again is so already. Messages that
 * nobody could read, of an instance that nobody knows, are those of nobody.
 */
export function accountLeftOutStatement(topic: Topic, query: AccountsQuery, before: ReportedBefore): Statement {
  const { range, matchers } = query
  const params = new Params()
  const told = toldOf(topic, query, before, params)
  const once = "l.kind = 'dead' AND l.sequence != 0"
  const known = 'toString(l.instance) IN (SELECT who FROM told)'
  const { step, where } = inRange(query, params)
  const text = `
WITH ${told}
SELECT any(b.of_cluster) AS cluster, any(b.of_node) AS node, b.who AS instance, ${step} AS step_time, b.kind AS kind, b.reason AS reason,
  toUInt8(${isUntold}) AS untold, sum(b.rows_left) AS rows, sum(b.batches_left) AS batches
FROM (
  SELECT toString(any(l.cluster)) AS of_cluster, toString(any(l.node)) AS of_node, if(l.cluster = '' AND NOT (${known}), '', toString(l.instance)) AS who,
    l.sequence AS sequence, toString(l.kind) AS kind, toString(l.reason) AS reason, max(l.time) AS time,
    if(${once}, max(l.rows), sum(l.rows)) AS rows_left, if(${once}, max(l.batches), sum(l.batches)) AS batches_left
  FROM left_out AS l
  WHERE l.topic = ${params.add(topic, 'String')} AND l.time >= ${params.time(range.from - FORGET_MS)} AND l.time < ${params.time(range.to + AFTER_MS)}
    AND NOT (l.kind = 'dead' AND l.sequence >= ${FIRST_REPLAYED_SEQUENCE}) AND (${matched(matchers, params)} OR (l.cluster = '' AND ${known}))
  GROUP BY l.cluster = '', who, l.sequence, l.kind, l.reason, if(l.sequence = 0, toUnixTimestamp64Milli(l.time), 0)
) AS b ASOF LEFT JOIN told AS t ON b.who = t.who AND b.sequence <= t.upto
WHERE ${where}
GROUP BY instance, step_time, kind, reason, untold`
  return { name: topic === 'dns' ? 'account-dns-left-out' : 'account-left-out', text, params: params.values }
}
