import type { GroupingRule } from '../graph/grouping.js'
import { thresholds } from '../health/thresholds.js'
import type { TimeRange } from '../time/range.js'
import { labelsOf } from './edge-rows.js'
import { rowsOf } from './edges.js'
import { facts } from './facts.js'
import { addressText, endColumn } from './labels.js'
import { Params } from './params.js'
import { orientedRows } from './rows.js'
import type { Statement } from './statement.js'

/** A place where sockets listen, with what its reports say, the oldest first. */
export interface OverflowRow {
  cluster: string
  node: string
  netns: number
  /** `::` or 0.0.0.0 for all. */
  address: string
  port: number
  reports: [ms: number, drops: number, full: number][]
}

/** Listeners that are followed for one answer. */
const MAX_LISTENERS = 100

/** Listeners whose queue overflowed in the range: it dropped requests, or held more than it may (the kernel's own test). */
export function overflowStatement(range: TimeRange): Statement {
  const params = new Params()
  const text = `
SELECT toString(cluster) AS cluster, toString(node) AS node, netns, ${addressText('ip')} AS address, port,
  arraySort(groupArray((ms, drops, full))) AS reports
FROM (
  SELECT cluster, node, netns, l.address AS ip, port, toUnixTimestamp64Milli(time) AS ms, sum(l.drops) AS drops,
    toUInt8(max(backlog > backlog_max)) AS full
  FROM listeners AS l
  WHERE time >= ${params.time(range.from)} AND time < ${params.time(range.to)}
  GROUP BY cluster, node, netns, ip, port, time
)
GROUP BY cluster, node, netns, ip, port
HAVING max(drops) >= min(drops) + ${thresholds.backlog.drops} OR max(full) > 0
LIMIT ${MAX_LISTENERS}`
  return { name: 'overflow', text, params: params.values }
}

/** Who was served at a listener: the key labels of the server's end, by its socket's place. */
export type ServedRow = Record<string, unknown> & Omit<OverflowRow, 'reports'>

/** The servers behind the given listeners, from their own rows: a queue that is full holds connections, and each has rows. */
export function servedStatement(
  range: TimeRange,
  rule: GroupingRule,
  listeners: readonly OverflowRow[],
  farEnds: boolean,
): Statement {
  const params = new Params()
  const query = rowsOf({ range, rule, matchers: [], self: false, order: 'traffic', farEnds })
  const places = listeners.map(({ cluster, node, netns, port }) => {
    const place = [
      `f.cluster = ${params.add(cluster, 'String')}`,
      `f.node = ${params.add(node, 'String')}`,
      `f.netns = ${params.add(netns, 'UInt32')}`,
      `f.local_port = ${params.add(port, 'UInt16')}`,
    ]
    return `(${place.join(' AND ')})`
  })
  const rows = orientedRows(
    {
      ranges: [range],
      self: false,
      farEnds,
      labels: labelsOf(query),
      where: `NOT is_client AND (${places.join(' OR ')})`,
      columns: [
        ...(query.facts ?? []).map((name) => `${facts[name].raw} AS ${name}`),
        'f.cluster AS at_cluster',
        'f.node AS at_node',
        'f.netns AS at_netns',
        `${addressText('f.local_ip')} AS at_address`,
        'f.local_port AS at_port',
        ...(query.derived ?? []).map((d) => `${d.expression} AS ${d.name}`),
      ],
    },
    params,
  )
  const keys = [
    ...rule.labels.map((l) => endColumn('server', l)),
    ...(rule.fallback === 'none' ? [] : ['server_fallback']),
  ]
  const text = `
SELECT DISTINCT ${keys.join(', ')}, toString(at_cluster) AS cluster, toString(at_node) AS node, at_netns AS netns,
  at_address AS address, at_port AS port
FROM (${rows})`
  return { name: 'served', text, params: params.values }
}
