import { bucketOf } from '@headwater/store'
import type { GroupingRule } from '../graph/grouping.js'
import { thresholds } from '../health/thresholds.js'
import type { TimeRange } from '../time/range.js'
import { ANSWERS, DNS_PORT } from './dns.js'
import { labelsOf } from './edge-rows.js'
import { keyColumns, rowsOf } from './edges.js'
import { facts } from './facts.js'
import { fromBucketOf } from './health.js'
import { addressText } from './labels.js'
import { Params } from './params.js'
import { orientedRows } from './rows.js'
import type { Statement } from './statement.js'

/** A process, and the name server that it asked. */
export interface AskingPlace {
  cluster: string
  node: string
  netns: number
  pid: number
  address: string
  port: number
}

/** One step of it; slow answers by bucket. */
export type LookupBin = [
  step: number,
  questions: number,
  failed: number,
  lost: number,
  answered: number,
  slow: Record<string, number>,
]

export interface LookupRow extends AskingPlace {
  /** 0 where every question was answered well and soon. */
  wrong: number
  bins: LookupBin[]
}

/** An edge with a place that it is made of. */
export type AskedRow = Record<string, unknown> & AskingPlace

/** Places that are looked at for one answer: the worst, where there are more. */
const MAX_PLACES = 20_000

/** Questions for names in the range by who asked whom, in steps. Headwater's own are left out. */
export function lookupsStatement(range: TimeRange, stepMs: number): Statement {
  const params = new Params()
  const from = params.add(range.from, 'Int64')
  const text = `
SELECT cluster, node, netns, pid, address, port, toUInt64(sum(failed + lost + length(slow))) AS wrong,
  groupArray((step, questions, failed, lost, answered, slow)) AS bins
FROM (
  SELECT toString(d.cluster) AS cluster, toString(d.node) AS node, d.netns AS netns, d.pid AS pid, ${addressText('d.server_ip')} AS address,
    d.server_port AS port, toUInt16(intDiv(toUnixTimestamp64Milli(d.time) - ${from}, ${params.add(stepMs, 'Int64')})) AS step,
    sum(d.count) AS questions, sumIf(d.count, d.timed_out = 0) AS answered, sumIf(d.count, d.timed_out = 1) AS lost,
    sumIf(d.count, d.timed_out = 0 AND d.rcode NOT IN ${ANSWERS}) AS failed,
    sumMapIf(map(${bucketOf('d.duration_us')}, toUInt64(d.count)), d.timed_out = 0 AND d.duration_us >= ${fromBucketOf(thresholds.slowNames.slowMs)}) AS slow
  FROM dns AS d
  WHERE d.time >= ${params.time(range.from)} AND d.time < ${params.time(range.to)} AND d.self = 0
  GROUP BY cluster, node, netns, pid, address, port, step
)
GROUP BY cluster, node, netns, pid, address, port
ORDER BY wrong DESC, cluster, node, netns, pid, address, port
LIMIT ${MAX_PLACES}`
  return { name: 'lookups', text, params: params.values }
}

/** The edges of the map that questions for names go along, by the flows that carried them. */
export function askedStatement(range: TimeRange, rule: GroupingRule, farEnds: boolean): Statement {
  const params = new Params()
  const query = rowsOf({ range, rule, matchers: [], self: false, order: 'traffic', farEnds })
  const keys = keyColumns(rule)
  const rows = orientedRows(
    {
      ranges: [range],
      self: false,
      farEnds,
      labels: labelsOf(query),
      where: `is_client AND f.transport = 'udp' AND f.remote_port = ${DNS_PORT}`,
      aliases: (query.facts ?? []).filter((f) => !keys.includes(f)).map((name) => `${facts[name].raw} AS ${name}`),
      columns: [
        'f.transport AS transport',
        `${facts.translated.raw} AS translated`,
        ...(query.derived ?? []).map((d) => `${d.expression} AS ${d.name}`),
        'f.cluster AS at_cluster',
        'f.node AS at_node',
        'f.netns AS at_netns',
        'f.pid AS at_pid',
        `${addressText('f.remote_ip')} AS at_address`,
        'f.remote_port AS at_port',
      ],
    },
    params,
  )
  const text = `
SELECT DISTINCT ${keys.join(', ')}, toString(at_cluster) AS cluster, toString(at_node) AS node, at_netns AS netns, at_pid AS pid,
  at_address AS address, at_port AS port
FROM (${rows})
LIMIT ${MAX_PLACES}`
  return { name: 'asked', text, params: params.values }
}
