import { bucketLowerBound, bucketOf } from '@headwater/store'
import type { GroupingRule } from '../graph/grouping.js'
import { flowCountNames } from '../health/bins.js'
import type { FlowCountName } from '../health/evidence.js'
import { thresholds, timing } from '../health/thresholds.js'
import type { TimeRange } from '../time/range.js'
import { labelsOf } from './edge-rows.js'
import { keyColumns, MAX_EDGES, rowsOf } from './edges.js'
import { facts } from './facts.js'
import { endsSeen, healthCounts } from './health-measures.js'
import { CONNECT_MEASURED, histograms, type Measure } from './measures.js'
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

const [CONNECT] = histograms.map((h) => h.bucket)
/**
 * Of a connection whose handshake or first segments were sent again the smoothed round trip holds the wait for a timer: the answer
 * echoes the timestamp of the segment that was sent first (RFC 7323, 4.3). Its least round trip does not.
 */
const ROUND_TRIP_US = 'if(f.retransmits > 0 AND f.connects + f.accepts > 0, f.min_rtt_us, f.srtt_us)'
/** Whether a row's sample of a latency is slow enough to be followed: in the bucket of that time or above. */
export const fromBucketOf = (ms: number): number =>
  Math.ceil(bucketLowerBound(Math.floor(Math.log2(ms * 1000) * 4 + 1e-9)))
const SLOW_CONNECT = `${CONNECT_MEASURED} AND f.connect_us >= ${fromBucketOf(thresholds.slowConnect.slowMs)}`
const SLOW_ROUND_TRIP = `${ROUND_TRIP_US} >= ${fromBucketOf(thresholds.slowRoundTrip.queuedMs)}`

export const trouble: readonly FlowCountName[] = [
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
  const keys = keyColumns(rule)
  const seen = ([client, server]: readonly Measure[]): string[] => [
    `max(${client?.raw}) AS by_client`,
    `max(${server?.raw}) AS by_server`,
  ]
  const bins = orientedRows(
    {
      ranges: [range],
      self: false,
      farEnds,
      labels: labelsOf(query),
      groupBy: [...keys, 'step'],
      aliases: (query.facts ?? []).filter((f) => !keys.includes(f)).map((name) => `${facts[name].raw} AS ${name}`),
      columns: [
        'f.transport AS transport',
        `${facts.translated.raw} AS translated`,
        ...(query.derived ?? []).map((d) => `${d.expression} AS ${d.name}`),
        `toUInt16(intDiv(toUnixTimestamp64Milli(f.time) - ${params.add(range.from, 'Int64')}, ${timing.step})) AS step`,
        `max(${facts.speaks.raw}) AS spoken_for`,
        `[${healthCounts.map((m) => `sum(${m.raw})`).join(', ')}] AS bin_counts`,
        `[countIf(${CONNECT_MEASURED}), countIf(${ROUND_TRIP_US} > 0)] AS bin_samples`,
        `sumMapIf(map(${CONNECT}, toUInt64(1)), ${SLOW_CONNECT}) AS slow_connects`,
        `sumMapIf(map(${bucketOf(ROUND_TRIP_US)}, toUInt64(1)), ${SLOW_ROUND_TRIP}) AS slow_round_trips`,
        'minIf(f.min_rtt_us, f.min_rtt_us > 0) AS least',
        ...seen(endsSeen),
      ],
    },
    params,
  )
  const wrong = trouble.map((name) => `bin_counts[${flowCountNames.indexOf(name) + 1}]`)
  const slow = ['length(slow_connects)', 'length(slow_round_trips)']
  // Two levels and no more: planning is most of what it costs, and grows with each of them.
  const text = `
SELECT ${keys.join(', ')}, sumForEach(bin_counts) AS counts, sumForEach(bin_samples) AS samples, minIf(least, least > 0) AS least_round_trip,
  max(by_client) AS client_seen, max(by_server) AS server_seen, max(${[...wrong, ...slow].join(' + ')}) AS wrong,
  if(wrong > 0, groupArray((step, bin_counts, bin_samples, slow_connects, slow_round_trips)), []) AS bins
FROM (${bins})
GROUP BY ${keys.join(', ')}
HAVING max(spoken_for)
ORDER BY wrong DESC, ${keys.join(', ')}
LIMIT ${MAX_EDGES}`
  return { name: 'health', text, params: params.values }
}
