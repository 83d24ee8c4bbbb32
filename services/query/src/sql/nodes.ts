import type { TimeRange } from '../time/range.js'
import { FORGET_MS, LEASE_SLACK_MS } from './completeness.js'
import { addressText } from './labels.js'
import { Params } from './params.js'
import type { Statement } from './statement.js'

/** One agent instance by its last report; times as Unix ms by ingest's clock, `capabilities` is JSON. */
export interface InstanceRow {
  cluster: string
  node: string
  zone: string
  region: string
  instance: string
  state: 'live' | 'silent' | 'stopped'
  last_heard: number
  /** When that report was made, as far as the clock of its agent can be told. */
  last_sent: number
  started: number
  clock_offset_ms: number | null
  version: string
  kernel: string
  arch: string
  profile: string
  rows_produced: number
  batches: number
  rows_dropped: Record<string, number>
  cpu_us: number
  rss_bytes: number
  capabilities: string
  /** Time of the last report as it is stored. */
  reported: number
}

/** Instances of one node that are looked at, the living and the newest first: an agent may have been started often. */
const MOST_INSTANCES = 8
/** A report can be late; of so many the fastest tells how far the clock is off. */
const CLOCK_REPORTS = 12
/** What a clock may be off for its reports to be filed by its own `time`; of those further off it is ingest's. */
const CLOCK_SLACK_MS = 24 * 3_600_000

const texts = ['zone', 'region', 'version', 'kernel', 'arch', 'profile'] as const
const last = (expression: string): string => `argMax(${expression}, (received, n.time))`
const ms = (time: string): string => `toUnixTimestamp64Milli(${time})`

/** Agents that reported in the range, or before it without a clean stop. */
export function instancesStatement(range: TimeRange): Statement {
  const params = new Params()
  const [from, to] = [params.add(range.from, 'Int64'), params.add(range.to, 'Int64')]
  const seen = params.time(range.from - FORGET_MS)
  const offsets = `groupArraySortedIf(${CLOCK_REPORTS})((-${ms('n.received')}, assumeNotNull(n.clock_offset_ms)), n.clock_offset_ms IS NOT NULL)`
  const text = `
WITH
  ${ms('n.received')} - ifNull(n.clock_offset_ms, 0) AS told,
  ${offsets} AS offsets,
  if(empty(offsets), NULL, arrayMin(arrayMap(o -> o.2, offsets))) AS clock_offset_ms,
  ${last('interval_ms')} AS pause, ${last('stopping')} AS stopped
SELECT toString(n.cluster) AS cluster, toString(n.node) AS node, toString(n.instance) AS instance,
  ${texts.map((t) => `toString(${last(`n.${t}`)}) AS ${t}`).join(', ')},
  least(${to}, ${last(ms('n.received'))}) AS last_heard, ${last('told')} + ifNull(clock_offset_ms, 0) AS last_sent,
  multiIf(stopped = 1, 'stopped', last_heard + pause + ${LEASE_SLACK_MS} < ${to}, 'silent', 'live') AS state,
  ${last(`${ms('n.started')} + told - ${ms('n.time')}`)} + ifNull(clock_offset_ms, 0) AS started, clock_offset_ms,
  ${last('produced_rows')} AS rows_produced, ${last('produced_batches')} AS batches, ${last('n.dropped')} AS rows_dropped,
  ${last('cpu_user_us + cpu_system_us')} AS cpu_us, ${last('n.rss_bytes')} AS rss_bytes,
  ${last('n.capabilities')} AS capabilities, ${last(ms('n.time'))} AS reported
FROM nodes AS n
WHERE n.time > ${params.time(range.from - FORGET_MS - CLOCK_SLACK_MS)} AND n.time < ${params.time(range.to + CLOCK_SLACK_MS)}
  AND greatest(n.time, n.received) > ${seen} AND least(n.time, n.received) < ${params.time(range.to)}
GROUP BY n.cluster, n.node, n.instance
HAVING last_heard >= ${from} OR stopped = 0
ORDER BY cluster, node, state = 'live' DESC, started DESC, instance
LIMIT ${MOST_INSTANCES} BY cluster, node`
  return { name: 'nodes', text, params: params.values }
}

const pick = (what: 'batches' | 'reported', rows: readonly InstanceRow[], params: Params): string => {
  const ids = params.add(
    rows.map((r) => r.instance),
    'Array(String)',
  )
  const values = params.add(
    rows.map((r) => BigInt(r[what])),
    'Array(UInt64)',
  )
  return `transform(toString(instance), ${ids}, ${values}, toUInt64(0))`
}

export interface StoredRow {
  instance: string
  stored: number
}

/** Rows stored of the batches that each instance told of. */
export function storedStatement(rows: readonly InstanceRow[]): Statement {
  const params = new Params()
  const ids = params.add(
    rows.map((r) => r.instance),
    'Array(String)',
  )
  const text = `
SELECT toString(instance) AS instance, sum(rows) AS stored FROM batches
WHERE instance IN ${ids} AND sequence <= ${pick('batches', rows, params)} GROUP BY instance`
  return { name: 'nodes-stored', text, params: params.values }
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
export function listenersStatement(rows: readonly InstanceRow[]): Statement {
  const params = new Params()
  const times = rows.map((r) => r.reported)
  const [first, end] = [Math.min(...times), Math.max(...times)]
  const text = `
SELECT toString(instance) AS instance, netns, ${addressText('address')} AS address, port, pid, toString(process) AS process, backlog, backlog_max, drops
FROM listeners
WHERE time >= ${params.time(first)} AND time <= ${params.time(end)} AND ${ms('time')} = ${pick('reported', rows, params)}
ORDER BY netns, port, address`
  return { name: 'listeners', text, params: params.values }
}

export interface AddressRow {
  instance: string
  addresses: string[]
}

/** Addresses of the machines that agents run on. */
export function addressesStatement(instances: readonly string[]): Statement {
  const params = new Params()
  const text = `
SELECT toString(instance) AS instance, arraySort(groupUniqArray(4)(${addressText('address')})) AS addresses FROM endpoints
WHERE kind = 'node-address' AND instance IN ${params.add(instances, 'Array(String)')} AND valid_to IS NULL
  AND NOT startsWith(${addressText('address')}, '127.') AND NOT startsWith(${addressText('address')}, 'fe80') AND toString(address) != '::1'
GROUP BY instance`
  return { name: 'node-addresses', text, params: params.values }
}
