import type { GroupingRule } from '../graph/grouping.js'
import { thresholds, timing } from '../health/thresholds.js'
import type { TimeRange } from '../time/range.js'
import { labelsOf } from './edge-rows.js'
import { keyColumns, MAX_EDGES, rowsOf } from './edges.js'
import { facts } from './facts.js'
import { endsSeen, healthColumn, healthCounts } from './health-measures.js'
import { CONNECT_MEASURED, histograms } from './measures.js'
import { Params } from './params.js'
import { orientedRows } from './rows.js'
import type { Statement } from './statement.js'

/** One step of an edge: its number, healthCounts in their order, samples of connect time and round trip, the slow ones by bucket. */
export type HealthBin = [
  step: number,
  counts: number[],
  samples: [connect: number, roundTrip: number],
  slowConnects: Record<string, number>,
  slowRoundTrips: Record<string, number>,
]

/** An edge in the last minutes; bins only where anything is wrong, or slow enough to be looked at. */
export type HealthRow = Record<string, unknown> & {
  translated: number
  counts: number[]
  samples: [number, number]
  least_round_trip: number
  client_seen: number
  server_seen: number
  bins: HealthBin[]
}

const bucketBorder = (ms: number): number => Math.floor(Math.log2(ms * 1000) * 4 + 1e-9)
const SLOW_CONNECT_BUCKET = bucketBorder(thresholds.slowConnect.slowMs)
const SLOW_ROUND_TRIP_BUCKET = bucketBorder(thresholds.slowRoundTrip.queuedMs)
const [CONNECT, ROUND_TRIP] = histograms.map((h) => h.bucket)

export const trouble = [
  'attempts_failed',
  'sent_again',
  'client_saw_client_reset',
  'client_saw_server_reset',
  'server_saw_client_reset',
  'server_saw_server_reset',
]

/**
 * Edges of the last minutes, by step, from rows of both ends and whatever they are counted for. Headwater's own connections
 * are left out. The worst come first, for where there are more than are looked at.
 */
export function healthStatement(range: TimeRange, rule: GroupingRule, farEnds: boolean): Statement {
  const params = new Params()
  const query = rowsOf({ range, rule, matchers: [], self: false, order: 'traffic', farEnds })
  const rows = orientedRows(
    {
      ranges: [range],
      self: false,
      farEnds,
      labels: labelsOf(query),
      columns: [
        'f.transport AS transport',
        ...[...(query.facts ?? []), 'speaks' as const].map((name) => `${facts[name].raw} AS ${name}`),
        `toUInt16(intDiv(toUnixTimestamp64Milli(f.time) - ${params.add(range.from, 'Int64')}, ${timing.step})) AS step`,
        ...[...healthCounts, ...endsSeen].map((m) => `${m.raw} AS ${m.name}`),
        `${CONNECT_MEASURED} AS connected`,
        `${CONNECT} AS connect_bucket`,
        `${ROUND_TRIP} AS round_trip_bucket`,
        'f.srtt_us > 0 AS timed',
        'f.min_rtt_us AS min_rtt',
        ...(query.derived ?? []).map((d) => `${d.expression} AS ${d.name}`),
      ],
    },
    params,
  )
  const keys = keyColumns(rule).join(', ')
  const counts = healthCounts.map((m) => `sum(${m.name})`).join(', ')
  const slowConnect = `connected AND connect_bucket >= ${SLOW_CONNECT_BUCKET}`
  const slowRoundTrip = `timed AND round_trip_bucket >= ${SLOW_ROUND_TRIP_BUCKET}`
  const wrong = [...trouble.map(healthColumn), `(${slowConnect})`, `(${slowRoundTrip})`].join(' + ')
  // An alias is planned again wherever it is named: those of long expressions are named once.
  const text = `
SELECT ${keys}, sumForEach(bin_counts) AS counts, sumForEach(bin_samples) AS samples, minIf(least, least > 0) AS least_round_trip,
  max(by_client) AS client_seen, max(by_server) AS server_seen, max(bin_wrong) AS wrong,
  if(wrong > 0, groupArray((step, bin_counts, bin_samples, slow_connects, slow_round_trips)), []) AS bins
FROM (
  SELECT ${keys}, step, max(speaks) AS spoken_for, [${counts}] AS bin_counts, [sum(connected), sum(timed)] AS bin_samples,
    sumMapIf(map(connect_bucket, toUInt64(1)), ${slowConnect}) AS slow_connects,
    sumMapIf(map(round_trip_bucket, toUInt64(1)), ${slowRoundTrip}) AS slow_round_trips,
    minIf(min_rtt, min_rtt > 0) AS least, max(${healthColumn('client')}) AS by_client, max(${healthColumn('server')}) AS by_server,
    sum(${wrong}) AS bin_wrong
  FROM (${rows}) GROUP BY ${keys}, step
)
GROUP BY ${keys}
HAVING max(spoken_for)
ORDER BY wrong DESC, ${keys}
LIMIT ${MAX_EDGES}`
  return { name: 'health', text, params: params.values }
}
