import { FIRST_REPLAYED_SEQUENCE } from '@headwater/contracts'
import type { TimeRange } from '../time/range.js'
import { FORGET_MS, LEASE_SLACK_MS } from './completeness.js'
import { addressText } from './labels.js'
import { Params } from './params.js'
import type { Statement } from './statement.js'

/** One agent instance by its last report; times as Unix ms by ingest's clock. */
export interface InstanceRow {
  cluster: string
  node: string
  instance: string
  state: 'live' | 'silent' | 'stopped'
  last_heard: number
  /** When that report was made, as far as the clock of its agent can be told. */
  last_sent: number
  started: number
  clock_offset_ms: number | null
  /** Time of the last report as it is stored. */
  reported: number
}

/** Instances of one node that are looked at, the living and the newest first: an agent may have been started often. */
const MOST_INSTANCES = 8
/** A report can be late: of those within so many ms the fastest tells how far the clock is off. */
const CLOCK_MS = 60_000
/** What a clock may be off for its reports to be filed by its own `time`; of those further off it is ingest's. */
const CLOCK_SLACK_MS = 24 * 3_600_000

const ms = (time: string): string => `toUnixTimestamp64Milli(${time})`

/**
 * Agents that reported in the range, or before it without a clean stop. Of a day of reports of many nodes only narrow columns are read
 * here; what else the last report says is asked for by its time.
 */
export function instancesStatement(range: TimeRange): Statement {
  const params = new Params()
  const [from, to] = [params.add(range.from, 'Int64'), params.add(range.to, 'Int64')]
  const [known, end] = [params.time(range.to), params.time(range.to + CLOCK_SLACK_MS)]
  const text = `
WITH
  max((received, time, stopping, interval_ms, nodes.started, ifNull(nodes.clock_offset_ms, 0))) AS last,
  minIf(nodes.clock_offset_ms, received > ${params.time(range.to - CLOCK_MS)} AND received <= ${known}) AS recent,
  ifNull(recent, argMaxIf(nodes.clock_offset_ms, received, received <= ${known})) AS off, ifNull(off, 0) AS shift,
  ${ms('last.1')} - last.6 AS told
SELECT toString(nodes.cluster) AS cluster, toString(nodes.node) AS node, toString(nodes.instance) AS instance,
  least(${to}, ${ms('last.1')}) AS last_heard, told + shift AS last_sent,
  multiIf(last.3 = 1, 'stopped', last_heard + last.4 + ${LEASE_SLACK_MS} < ${to}, 'silent', 'live') AS state,
  ${ms('last.5')} + told - ${ms('last.2')} + shift AS started, off AS clock_offset_ms, ${ms('last.2')} AS reported
FROM nodes
WHERE time > ${params.time(range.from - FORGET_MS - CLOCK_SLACK_MS)} AND time < ${end}
  AND greatest(time, received) > ${params.time(range.from - FORGET_MS)} AND least(time, received) < ${known}
GROUP BY nodes.cluster, nodes.node, nodes.instance
HAVING last_heard >= ${from} OR last.3 = 0
ORDER BY cluster, node, state = 'live' DESC, started DESC, instance
LIMIT ${MOST_INSTANCES} BY cluster, node`
  return { name: 'nodes', text, params: params.values }
}

const ids = (rows: readonly Pick<InstanceRow, 'instance'>[], params: Params): string =>
  params.add(
    rows.map((r) => r.instance),
    'Array(String)',
  )

/** Of each instance a number, in rows that have its id. */
const numberOf = (rows: readonly (readonly [instance: string, n: number])[], params: Params): string => {
  const keys = rows.map(([instance]) => ({ instance }))
  const values = params.add(
    rows.map(([, n]) => BigInt(n)),
    'Array(UInt64)',
  )
  return `transform(toString(instance), ${ids(keys, params)}, ${values}, toUInt64(0))`
}

/** Rows of the last reports. */
function lastReports(rows: readonly InstanceRow[], params: Params): string {
  const times = rows.map((r) => r.reported)
  const within = `time >= ${params.time(Math.min(...times))} AND time <= ${params.time(Math.max(...times))}`
  const reported = rows.map((r) => [r.instance, r.reported] as const)
  return `${within} AND instance IN ${ids(rows, params)} AND ${ms('time')} = ${numberOf(reported, params)}`
}

/** What a report says; `capabilities` is JSON. */
export interface ReportRow {
  instance: string
  zone: string
  region: string
  version: string
  kernel: string
  arch: string
  profile: string
  rows_produced: number
  batches: number
  rows_dropped: Record<string, number>
  dns_rows_produced: number
  dns_batches: number
  dns_rows_dropped: Record<string, number>
  losses: Record<string, number>
  rows_excluded: number
  bytes_excluded: number
  cpu_us: number
  cpu_system_us: number
  rss_bytes: number
  kernel_bytes: number
  ring_bytes: number
  ring_peak_bytes: number
  cpu_budget: number
  cpu_used: number
  walk_interval_ms: number
  given_up: string[]
  program_runs: Record<string, number>
  program_run_ns: Record<string, number>
  capabilities: string
}

const texts = ['instance', 'zone', 'region', 'version', 'kernel', 'arch', 'profile'] as const

/** The last report of each instance. */
export function reportsStatement(rows: readonly InstanceRow[]): Statement {
  const params = new Params()
  const text = `
SELECT ${texts.map((t) => `toString(n.${t}) AS ${t}`).join(', ')}, produced_rows AS rows_produced, produced_batches AS batches,
  dropped AS rows_dropped, dns_produced_rows AS dns_rows_produced, dns_produced_batches AS dns_batches, dns_dropped AS dns_rows_dropped, losses,
  excluded_rows AS rows_excluded, excluded_bytes AS bytes_excluded, cpu_user_us + cpu_system_us AS cpu_us, cpu_system_us, rss_bytes, kernel_bytes,
  ring_bytes, ring_peak_bytes, program_runs, program_run_ns,
  cpu_budget, cpu_used, walk_interval_ms, given_up, capabilities
FROM nodes AS n WHERE ${lastReports(rows, params)}
ORDER BY stopping DESC, received DESC LIMIT 1 BY n.instance`
  return { name: 'node-reports', text, params: params.values }
}

export interface CostRow {
  instance: string
  cpu_us: number
  rss_bytes: number
}

/** What each instance takes by its last report, without what else that says. */
export function costsStatement(rows: readonly InstanceRow[]): Statement {
  const params = new Params()
  const text = `
SELECT toString(n.instance) AS instance, cpu_user_us + cpu_system_us AS cpu_us, rss_bytes FROM nodes AS n
WHERE ${lastReports(rows, params)} ORDER BY stopping DESC, received DESC LIMIT 1 BY n.instance`
  return { name: 'node-costs', text, params: params.values }
}

export interface StoredRow {
  instance: string
  stored: number
}

/** Rows stored of the batches that each instance told of: flows, or questions to name servers. */
export function storedStatement(
  topic: 'flows' | 'dns',
  reports: readonly Pick<ReportRow, 'instance' | 'batches' | 'dns_batches'>[],
): Statement {
  const params = new Params()
  const batches = reports.map((r) => [r.instance, topic === 'dns' ? r.dns_batches : r.batches] as const)
  const text = `
SELECT toString(instance) AS instance, sum(rows) AS stored FROM ${topic === 'dns' ? 'dns_batches' : 'batches'}
WHERE instance IN ${ids(reports, params)} AND (sequence <= ${numberOf(batches, params)} OR sequence >= ${FIRST_REPLAYED_SEQUENCE}) GROUP BY instance`
  return { name: topic === 'dns' ? 'node-dns-rows' : 'node-rows', text, params: params.values }
}

export interface BatchLossRow {
  instance: string
  rows_dropped: Record<string, number>
  dns_rows_dropped: Record<string, number>
  losses: Record<string, number>
}

/** What the batches of each instance told of losses until then: reports may be older, or may not have come. @param to Unix ms */
export function batchLossesStatement(rows: readonly InstanceRow[], to: number): Statement {
  const params = new Params()
  const text = `
SELECT toString(instance) AS instance, maxMapIf(dropped, topic = 'flows') AS rows_dropped,
  maxMapIf(dropped, topic = 'dns') AS dns_rows_dropped, maxMap(l.losses) AS losses
FROM losses AS l WHERE instance IN ${ids(rows, params)} AND time < ${params.time(to + CLOCK_SLACK_MS)} GROUP BY instance`
  return { name: 'node-losses', text, params: params.values }
}

export interface ListenerRow {
  instance: string
  cookie: string
  netns: number
  address: string
  port: number
  pid: number
  process: string
  backlog: number
  backlog_max: number
  handshakes: number
  drops: number
  overflows: number
}

/** Listening sockets as of the last report of each instance. */
export function listenersStatement(rows: readonly InstanceRow[]): Statement {
  const params = new Params()
  const text = `
SELECT toString(instance) AS instance, toString(cookie) AS cookie, netns, ${addressText('address')} AS address, port, pid,
  toString(process) AS process, backlog, backlog_max, handshakes, drops, overflows
FROM listeners WHERE ${lastReports(rows, params)} ORDER BY netns, port, address, cookie`
  return { name: 'listeners', text, params: params.values }
}

export interface LimitRow {
  instance: string
  kind: string
  netns: number
  address: string
  used: number
  max: number
}

/** What can run out, as of the last report of each instance, the nearest to its limit first. */
export function limitsStatement(rows: readonly InstanceRow[]): Statement {
  const params = new Params()
  const text = `
SELECT toString(instance) AS instance, toString(kind) AS kind, netns, toString(address) AS address, used, max
FROM limits WHERE ${lastReports(rows, params)} ORDER BY used / max DESC, kind, netns, address`
  return { name: 'node-limits', text, params: params.values }
}

export interface FullestRow {
  instance: string
  kind: string
  ratio: number
}

/** Of each kind of limit how much is in use where it is the most, as of the last report of each instance. */
export function fullestStatement(rows: readonly InstanceRow[]): Statement {
  const params = new Params()
  const text = `
SELECT toString(l.instance) AS instance, toString(l.kind) AS kind, max(used / max) AS ratio
FROM limits AS l WHERE ${lastReports(rows, params)} AND l.max > 0 GROUP BY l.instance, l.kind ORDER BY instance, kind`
  return { name: 'node-fullest', text, params: params.values }
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
