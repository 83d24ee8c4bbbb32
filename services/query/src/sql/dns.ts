import { type DnsGrouping, dnsGroupings, type EndLabel, endLabels } from '@headwater/contracts'
import { matchedColumns, matcherCondition } from '../matchers/conditions.js'
import type { Matcher } from '../matchers/parse.js'
import type { TimeRange } from '../time/range.js'
import { addressText, endColumn, localLabels, remoteLabels } from './labels.js'
import { Params } from './params.js'
import { between } from './rows.js'
import type { Statement } from './statement.js'

export interface DnsQuery {
  range: TimeRange
  matchers: readonly Matcher[]
  self: boolean
  by: readonly DnsGrouping[]
  limit: number
}

/** Addresses of answers that a group shows. */
const ADDRESSES = 16
/** Codes that tell what was asked: that there is no such name is an answer. */
export const ANSWERS = "('NOERROR', 'NXDOMAIN')"
export const DNS_PORT = 53

const keys: Record<DnsGrouping, string> = {
  name: 'toString(query_name)',
  type: 'toString(query_type)',
  rcode: 'toString(f.rcode)',
  server: "concat(server_address, ':', server_port)",
  service: 'toString(local_service)',
  process: 'toString(f.process)',
  node: 'toString(f.node)',
}

/** Of the server its address and port are all that a question tells. */
const ownOfServer: Partial<Record<EndLabel, string>> = {
  address: addressText('f.server_ip'),
  port: 'toString(f.server_port)',
}
/** What the flows that carried the questions tell of it beside. */
const told = endLabels.filter((label) => !(label in ownOfServer) && remoteLabels[label] !== "''")

/** The labels of both ends, as matchers name them. @param named whether the servers' names are read */
function labelColumns(named: boolean): string[] {
  const ofServer = (label: EndLabel) => ownOfServer[label] ?? (named && told.includes(label) ? `s.s_${label}` : "''")
  return endLabels.flatMap((label) => [
    `${localLabels[label]} AS ${endColumn('client', label)}`,
    `${ofServer(label)} AS ${endColumn('server', label)}`,
  ])
}

/** Whether the matchers ask for more of a server than its questions tell. */
function asksForNames(matchers: readonly Matcher[]): boolean {
  const matched = matchedColumns(matchers)
  return told.some((label) => matched.has(endColumn('server', label)))
}

/** Name servers by the cluster that asks and their address, with what ingest made of them. */
const servers = (range: TimeRange, params: Params): string => `
  LEFT ANY JOIN (
    SELECT cluster AS s_at, remote_ip AS s_ip, ${told.map((l) => `max(toString(${remoteLabels[l]})) AS s_${l}`).join(', ')}
    FROM flows WHERE ${between(range, params)} AND transport = 'udp' AND remote_port = ${DNS_PORT} AND side = 'client'
    GROUP BY s_at, s_ip
  ) AS s ON f.cluster = s.s_at AND f.server_ip = s.s_ip`

/** Questions to name servers by what they are to be grouped by, most first. */
export function dnsStatement({ range, matchers, self, by, limit }: DnsQuery): Statement {
  const params = new Params()
  const named = asksForNames(matchers)
  const inner = [
    ...labelColumns(named),
    ...dnsGroupings.map((key) => `${keys[key]} AS key_${key}`),
    'toString(f.transport) AS transport',
    'f.count AS asked',
    'f.timed_out AS lost',
    'f.truncated AS cut',
    'f.duration_us AS took',
    'f.rcode AS code',
    'f.answers AS found',
    'f.time AS at',
  ]
  const answered = 'lost = 0'
  const orNull = (value: string) => `if(countIf(${answered}) = 0, NULL, ${value})`
  const address = "replaceOne(toString(a), '::ffff:', '')"
  const text = `
SELECT ${dnsGroupings.map((key) => `${by.includes(key) ? `key_${key}` : 'NULL'} AS ${key}`).join(', ')},
  sum(asked) AS questions,
  sumIf(asked, lost = 1) AS timeouts,
  sumIf(asked, lost = 1 OR code NOT IN ${ANSWERS}) AS failures,
  sumIf(asked, cut = 1) AS truncated,
  uniqExact(client_service) AS clients,
  ${orNull(`round(quantileIf(0.5)(took, ${answered}))`)} AS p50_us,
  ${orNull(`round(quantileIf(0.95)(took, ${answered}))`)} AS p95_us,
  ${orNull(`maxIf(took, ${answered})`)} AS max_us,
  arraySort(arrayMap(a -> ${address}, groupUniqArrayArray(${ADDRESSES})(found))) AS answers,
  toUnixTimestamp64Milli(max(at)) AS last
FROM (
  SELECT ${inner.join(', ')}
  FROM dns AS f${named ? servers(range, params) : ''}
  WHERE f.time >= ${params.time(range.from)} AND f.time < ${params.time(range.to)}${self ? '' : ' AND f.self = 0'}
)
WHERE ${matcherCondition(matchers, params)}
GROUP BY ${by.map((key) => `key_${key}`).join(', ')}
ORDER BY questions DESC, ${by.map((key) => `key_${key}`).join(', ')}
LIMIT ${params.add(limit, 'UInt32')}`
  return { name: 'dns', text, params: params.values }
}
