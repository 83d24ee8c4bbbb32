import { flowSchema } from '@headwater/contracts'
import { matchedColumns, matcherCondition } from '../matchers/conditions.js'
import type { Matcher } from '../matchers/parse.js'
import type { TimeRange } from '../time/range.js'
import { addressText } from './labels.js'
import { Params } from './params.js'
import { LOCAL_IS_CLIENT, orientedRows, PEER_MARGIN_MS } from './rows.js'
import { endLabelsOf } from './source.js'
import type { Statement } from './statement.js'

/** Place of a row in the order of flows: time, then socket, then what tells two rows of one socket and time apart. */
export interface FlowPosition {
  /** Unix ms */
  time: number
  cookie: string
  hash: string
}

export interface FlowsQuery {
  range: TimeRange
  matchers: readonly Matcher[]
  self: boolean
  limit: number
  /** Rows after this one only. */
  after?: FlowPosition
}

/** A column of the answer as the API shows it: times as ms, 64-bit ids as text, addresses dotted. */
const shown: Record<string, string> = {
  time: 'toUnixTimestamp64Milli(f.time)',
  start: 'toUnixTimestamp64Milli(f.start)',
  process_start: 'toUnixTimestamp64Milli(f.process_start)',
  connection_id: 'toString(f.connection_id)',
  cookie: 'toString(f.cookie)',
  local_ip: addressText('f.local_ip'),
  remote_ip: addressText('f.remote_ip'),
}
const names = Object.keys(flowSchema.shape)

const ROW_HASH =
  'cityHash64(f.instance, f.sequence, f.start, f.local_ip, f.local_port, f.remote_ip, f.remote_port, f.open, f.closes, f.failures, f.tx_packets, f.rx_packets)'
const position = ['f.time AS row_time', 'f.cookie AS row_cookie', `${ROW_HASH} AS row_hash`]

/** Rows after the given position in the order of pages, with the given columns. */
function matching({ range, matchers, self, after }: FlowsQuery, columns: readonly string[], params: Params): string {
  const conditions = [matcherCondition(matchers, params)]
  if (after !== undefined) {
    const values = [params.time(after.time), params.add(after.cookie, 'UInt64'), params.add(after.hash, 'UInt64')]
    conditions.push(`(row_time, row_cookie, row_hash) < (${values.join(', ')})`)
  }
  return orientedRows(
    {
      ranges: [after === undefined ? range : { from: range.from, to: Math.min(range.to, after.time + 1) }],
      self,
      labels: endLabelsOf(matchedColumns(matchers)),
      columns: [...columns, ...position, 'f.transport AS transport'],
      where: conditions.join(' AND '),
    },
    params,
  )
}

/** Time of the last row of a page, so that its rows, with all their columns, need not be looked for in the whole range. */
export function pageStartStatement(query: FlowsQuery): Statement {
  const params = new Params()
  const text = `
SELECT toUnixTimestamp64Milli(min(row_time)) AS oldest, count() AS found
FROM (
  SELECT row_time FROM (${matching(query, [], params)}) ORDER BY row_time DESC LIMIT ${params.add(query.limit, 'UInt32')}
)`
  return { name: 'flows-page', text, params: params.values }
}

/** Rows newest first. The order is total, so that a page starts where the last one ended whatever was inserted since. */
export function flowsStatement(query: FlowsQuery): Statement {
  const params = new Params()
  // A prefix inside: `time` of the answer is not the column that the range is about.
  const columns = names.map((n) => `${shown[n] ?? `f.${n}`} AS out_${n}`)
  const text = `
SELECT ${names.map((n) => `out_${n} AS ${n}`).join(', ')}, toString(row_hash) AS row_hash_text
FROM (${matching(query, columns, params)})
ORDER BY row_time DESC, row_cookie DESC, row_hash DESC
LIMIT ${params.add(query.limit, 'UInt32')}`
  return { name: 'flows', text, params: params.values }
}

export interface FarEndRow {
  connection_id: string
  process: string
  is_client: number
}

/** Processes at both ends of the given connections, as each end's agent knows its own. */
export function farEndsStatement(range: TimeRange, connectionIds: readonly bigint[]): Statement {
  const params = new Params()
  const text = `
SELECT toString(connection_id) AS connection_id, ${LOCAL_IS_CLIENT} AS is_client, max(toString(f.process)) AS process
FROM flows AS f
WHERE time >= ${params.time(Math.max(0, range.from - PEER_MARGIN_MS))} AND time < ${params.time(range.to + PEER_MARGIN_MS)}
  AND f.connection_id IN ${params.add(connectionIds, 'Array(UInt64)')}
GROUP BY connection_id, is_client`
  return { name: 'far-ends', text, params: params.values }
}
