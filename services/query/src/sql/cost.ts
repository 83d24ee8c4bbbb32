import type { PathClass } from '@headwater/contracts'
import { matcherCondition } from '../matchers/conditions.js'
import type { Matcher } from '../matchers/parse.js'
import type { TimeRange } from '../time/range.js'
import { split } from '../time/split.js'
import { ends } from './labels.js'
import { Params } from './params.js'
import { LOCAL_IS_CLIENT } from './rows.js'
import type { Statement } from './statement.js'

const HOUR = 3_600_000

/** Labels of an end that zones_1h has, and so what the cost can be filtered by, beside transport. */
export const costEndLabels = ['cluster', 'namespace', 'service', 'zone', 'region'] as const

/** What all addresses of the internet without a name are called together. */
export const INTERNET = 'internet'
/** What the lightest pairs are called together, where there are more than are looked at. */
export const OTHER = '(other)'
/** Pairs that are looked at one by one for one answer: the heaviest, where there are more. */
export const MAX_TRAFFIC_ROWS = 50_000

/** Wire bytes between one pair of services in their zones, each connection counted once. `folded`: pairs that are in it as `(other)`. */
export interface TrafficRow {
  client_cluster: string
  client_namespace: string
  client_service: string
  client_zone: string
  client_region: string
  server_cluster: string
  server_namespace: string
  server_service: string
  server_zone: string
  server_region: string
  path_class: PathClass
  nat_gateway: string
  client_to_server_wire_bytes: number
  server_to_client_wire_bytes: number
  folded: number
}

export interface TrafficQuery {
  range: TimeRange
  matchers: readonly Matcher[]
  self: boolean
  /** For tests. */
  maxRows?: number
}

/** Columns of an end in a row of `flows`: its own word where it is the observer, else what ingest knew, as zones_1h has it. */
const observed: Record<(typeof costEndLabels)[number], [local: string, remote: string]> = {
  cluster: ['f.cluster', 'f.remote_cluster'],
  namespace: ['f.local_namespace', 'f.remote_namespace'],
  service: ['f.local_service', 'f.remote_service'],
  zone: ['f.local_zone', 'f.remote_zone'],
  region: ['f.local_region', 'f.remote_region'],
}

const endColumns = ends.flatMap((end) => costEndLabels.map((label) => ({ end, label, name: `${end}_${label}` })))
const pathColumns = ['path_class', 'nat_gateway'] as const

function hourRows({ from, to }: TimeRange, { self, matchers }: TrafficQuery, params: Params): string {
  const seconds = (ms: number) => `toDateTime(${params.add(ms / 1000, 'UInt32')}, 'UTC')`
  const columns = [...endColumns.map(({ name }) => name), ...pathColumns, 'transport']
  return `
    SELECT ${columns.map((c) => `toString(z.${c}) AS ${c}`).join(', ')},
      z.client_to_server_wire_bytes AS sent, z.server_to_client_wire_bytes AS received
    FROM zones_1h AS z
    WHERE z.time >= ${seconds(from)} AND z.time < ${seconds(to)} AND z.counted = 1${self ? '' : ' AND z.self = 0'}
      AND (${matcherCondition(matchers, params)})`
}

/** Added up as they lie before anything is made of their columns: that costs as much a row as reading them. */
function rawRows({ from, to }: TimeRange, { self, matchers }: TrafficQuery, params: Params): string {
  const given = endColumns.map(({ end, label, name }) => {
    const [local, remote] = observed[label]
    return `toString(${end === 'client' ? `if(is_client, ${local}, ${remote})` : `if(is_client, ${remote}, ${local})`}) AS ${name}`
  })
  const keys = [
    ...Object.values(observed)
      .flat()
      .map((c) => c.slice('f.'.length)),
    ...pathColumns,
    'transport',
    'is_client',
  ]
  return `
    SELECT ${[...given, ...[...pathColumns, 'transport'].map((c) => `toString(f.${c}) AS ${c}`)].join(', ')},
      if(is_client, f.tx, f.rx) AS sent, if(is_client, f.rx, f.tx) AS received
    FROM (
      SELECT ${keys.map((k) => (k === 'is_client' ? `${LOCAL_IS_CLIENT} AS is_client` : k)).join(', ')}, sum(tx_wire_bytes) AS tx, sum(rx_wire_bytes) AS rx
      FROM flows
      WHERE time >= ${params.time(from)} AND time < ${params.time(to)} AND counted = 1${self ? '' : ' AND self = 0'}
      GROUP BY ${keys.join(', ')}
    ) AS f
    WHERE (${matcherCondition(matchers, params)})`
}

/** Thousands of visitors differ in their address alone, and pay the same. */
function shownName({ end, label, name }: (typeof endColumns)[number]): string {
  if (label !== 'service') return name
  const bare = `isIPv4String(${name}) OR isIPv6String(${name})`
  return `if(path_class = 'internet' AND ${end}_cluster = '' AND (${bare}), '${INTERNET}', ${name})`
}

/** Traffic of the range by pair and path. No byte is left out: what is beyond the limit is added up by path. */
export function trafficStatement(query: TrafficQuery): Statement {
  const params = new Params()
  // The started hours at both ends from flows, so that any range is met exactly.
  const [hours, started] = split(query.range, HOUR)
  const parts = started.map((part) => rawRows(part, query, params))
  if (hours !== undefined) parts.push(hourRows(hours, query, params))
  const keys = [...endColumns.map(({ name }) => name), ...pathColumns]
  const max = params.add(query.maxRows ?? MAX_TRAFFIC_ROWS, 'UInt32')
  const kept = keys.map((k) =>
    /_(namespace|service)$/.test(k)
      ? `if(place > ${max}, '${k.endsWith('service') ? OTHER : ''}', p.${k}) AS ${k}`
      : `p.${k} AS ${k}`,
  )
  const text = `
SELECT ${kept.join(', ')}, sum(p.sent) AS client_to_server_wire_bytes, sum(p.received) AS server_to_client_wire_bytes,
  countIf(place > ${max}) AS folded
FROM (
  SELECT *, row_number() OVER (ORDER BY sent + received DESC, ${keys.join(', ')}) AS place
  FROM (
    SELECT ${keys.map((k) => `k_${k} AS ${k}`).join(', ')}, sum(r.sent) AS sent, sum(r.received) AS received
    FROM (
      SELECT sent, received, ${[...endColumns.map((c) => `${shownName(c)} AS k_${c.name}`), ...pathColumns.map((c) => `${c} AS k_${c}`)].join(', ')}
      FROM (${parts.join('\n    UNION ALL\n')})
    ) AS r
    GROUP BY ${keys.map((k) => `k_${k}`).join(', ')}
    HAVING sum(r.sent) + sum(r.received) > 0
  )
) AS p
GROUP BY ${keys.join(', ')}`
  return { name: 'cost', text, params: params.values }
}
