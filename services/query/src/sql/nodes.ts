import type { TimeRange } from '../time/range.js'
import { FORGET_MS, LEASE_SLACK_MS } from './completeness.js'
import { addressText } from './labels.js'
import { Params } from './params.js'
import type { Statement } from './statement.js'

/** The last report of each node's newest instance; `capabilities` is JSON. */
export interface NodeRow {
  cluster: string
  node: string
  zone: string
  region: string
  instance: string
  state: 'live' | 'silent' | 'stopped'
  last_heard: number
  started: number
  version: string
  kernel: string
  arch: string
  profile: string
  rows_produced: number
  rows_stored: number
  rows_dropped: Record<string, number>
  cpu_us: number
  rss_bytes: number
  capabilities: string
}

const texts = ['zone', 'region', 'instance', 'version', 'kernel', 'arch', 'profile'] as const
const last = (expression: string): string => `argMax(${expression}, (started, time))`

/** Nodes that reported in the range, or before it without a clean stop. */
export function nodesStatement(range: TimeRange): Statement {
  const params = new Params()
  const to = params.time(range.to)
  const lease = `addMilliseconds(last_time, ${last('interval_ms')} + ${LEASE_SLACK_MS})`
  const text = `
WITH latest AS (
  SELECT n.cluster AS cluster, n.node AS node, ${texts.map((t) => `toString(${last(`n.${t}`)}) AS ${t}_`).join(', ')},
    ${last('time')} AS last_time, ${last('stopping')} AS stopped,
    multiIf(stopped = 1, 'stopped', ${lease} < ${to}, 'silent', 'live') AS state,
    toUnixTimestamp64Milli(last_time) AS last_heard, toUnixTimestamp64Milli(max(n.started)) AS started_ms,
    ${last('produced_rows')} AS rows_produced, ${last('produced_batches')} AS batches,
    ${last('dropped')} AS rows_dropped, ${last('cpu_user_us + cpu_system_us')} AS cpu_us,
    ${last('n.rss_bytes')} AS rss, ${last('n.capabilities')} AS can
  FROM nodes AS n WHERE n.time > ${params.time(range.from - FORGET_MS)} AND n.time < ${to}
  GROUP BY cluster, node
  HAVING last_time >= ${params.time(range.from)} OR stopped = 0
)
SELECT toString(l.cluster) AS cluster, toString(l.node) AS node, ${texts.map((t) => `l.${t}_ AS ${t}`).join(', ')},
  state, last_heard, l.started_ms AS started, rows_produced, s.stored AS rows_stored, rows_dropped, cpu_us, l.rss AS rss_bytes, l.can AS capabilities
FROM latest AS l LEFT JOIN (
  SELECT b.instance AS instance, sum(b.rows) AS stored
  FROM batches AS b INNER JOIN latest AS l ON b.instance = l.instance_
  WHERE b.sequence <= l.batches GROUP BY b.instance
) AS s ON l.instance_ = s.instance
ORDER BY cluster, node`
  return { name: 'nodes', text, params: params.values }
}

export interface ListenerRow {
  instance: string
  netns: number
  address: string
  port: number
  pid: number
  process: string
  backlog: number
  backlog_max: number
  drops: number
}

/** Listening sockets as of the last report of each instance. */
export function listenersStatement(range: TimeRange, instances: readonly string[]): Statement {
  const params = new Params()
  const wanted = `instance IN ${params.add(instances, 'Array(String)')} AND time > ${params.time(range.from - FORGET_MS)} AND time < ${params.time(range.to)}`
  const text = `
SELECT toString(instance) AS instance, netns, ${addressText('address')} AS address, port, pid, toString(process) AS process, backlog, backlog_max, drops
FROM listeners
WHERE ${wanted} AND (instance, time) IN (SELECT instance, max(time) FROM nodes WHERE ${wanted} GROUP BY instance)
ORDER BY netns, port, address`
  return { name: 'listeners', text, params: params.values }
}
