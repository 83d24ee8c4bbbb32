import { DEDUPLICATION_WINDOW } from './flows.js'

/** Days that the 1-minute rollup is kept. */
export const EDGES_1M_RETENTION_DAYS = 30
/** Days that rollups of an hour are kept. */
export const HOURLY_RETENTION_DAYS = 365

/**
 * Buckets of the latency histograms: a quarter of an octave each. Bucket b holds values from 2^(b/4) up to but not
 * including 2^((b+1)/4) microseconds, so a quantile is off by 9 % at most; values of 0 (not measured) are in none.
 */
export const BUCKETS_PER_OCTAVE = 4

/** Lower bound of a bucket, in microseconds. */
export const bucketLowerBound = (bucket: number): number => 2 ** (bucket / BUCKETS_PER_OCTAVE)

/** Bucket of a value in microseconds, in SQL. It is computed for rows without a sample (0) too, which are then left out. */
export const bucketOf = (column: string): string =>
  `toUInt8(floor(log2(greatest(${column}, 1)) * ${BUCKETS_PER_OCTAVE}))`

const sum = 'SimpleAggregateFunction(sum, UInt64)'
const histogram = 'SimpleAggregateFunction(sumMap, Map(UInt8, UInt64))'
export const text = 'LowCardinality(String)'

/** Which end of a row is the client: the socket's side says; between peers it is the lower (address, port). */
export const LOCAL_IS_CLIENT =
  "(side = 'client' OR (side NOT IN ('client', 'server') AND (local_ip, local_port) <= (remote_ip, remote_port)))"

/** A connection's later rows may repeat its connect time; its first row alone says connects or accepts. */
const CONNECT_MEASURED = '(connect_us > 0 AND flows.connects + flows.accepts > 0)'

export const byEnd = (local: string, remote: string): string => `if(local_is_client, ${local}, ${remote})`

export interface RollupColumn {
  name: string
  type: string
  /** Expression over one row of `flows` (keys) or over a group of them (values). */
  from: string
  comment: string
}

export const key = (name: string, type: string, from: string, comment: string): RollupColumn => ({
  name,
  type,
  from,
  comment,
})
export const total = (name: string, of: string, comment: string): RollupColumn => ({
  name,
  type: sum,
  from: `sum(${of})`,
  comment,
})

const keys: RollupColumn[] = [
  key('time', "DateTime('UTC')", 'toStartOfMinute(time)', 'Start of the minute'),
  key('cluster', text, 'flows.cluster', 'Cluster of the observing node'),
  key('client_cluster', text, byEnd('flows.cluster', 'remote_cluster'), 'Cluster of the client'),
  key('client_namespace', text, byEnd('local_namespace', 'remote_namespace'), 'Namespace of the client'),
  key('client_service', text, byEnd('local_service', 'remote_service'), 'Service of the client'),
  key('server_cluster', text, byEnd('remote_cluster', 'flows.cluster'), 'Cluster of the server'),
  key('server_namespace', text, byEnd('remote_namespace', 'local_namespace'), 'Namespace of the server'),
  key('server_service', text, byEnd('remote_service', 'local_service'), 'Service of the server'),
  key('server_port', 'UInt16', byEnd('remote_port', 'local_port'), 'Port of the server'),
  key('transport', text, 'flows.transport', 'tcp or udp'),
  key('side', text, 'flows.side', 'Which end saw it: client, server or peer'),
  key('counted', 'UInt8', 'flows.counted', '1 where the bytes of the edge are taken from these rows'),
  key('self', 'UInt8', 'flows.self', "1 for Headwater's own connections"),
  key('remote_class', text, 'flows.remote_class', 'Class of the address at the other end'),
]

const values: RollupColumn[] = [
  { name: 'rows', type: sum, from: 'count()', comment: 'Rows of flows' },
  total('client_to_server_bytes', byEnd('tx_bytes', 'rx_bytes'), 'Payload [By]'),
  total('server_to_client_bytes', byEnd('rx_bytes', 'tx_bytes'), 'Payload [By]'),
  total('client_to_server_wire_bytes', byEnd('tx_wire_bytes', 'rx_wire_bytes'), 'IP bytes, an estimate [By]'),
  total('server_to_client_wire_bytes', byEnd('rx_wire_bytes', 'tx_wire_bytes'), 'IP bytes, an estimate [By]'),
  total('client_to_server_packets', byEnd('tx_packets', 'rx_packets'), 'Segments'),
  total('server_to_client_packets', byEnd('rx_packets', 'tx_packets'), 'Segments'),
  total('connects', 'flows.connects', 'Connections established, as the client saw it'),
  total('accepts', 'flows.accepts', 'Connections established, as the server saw it'),
  total('closes', 'flows.closes', 'Established connections that ended'),
  total('failures', 'flows.failures', 'Attempts that never were established'),
  {
    name: 'failures_by_reason',
    type: 'SimpleAggregateFunction(sumMap, Map(String, UInt64))',
    from: 'sumMapIf(map(failure_reason, toUInt64(flows.failures)), flows.failures > 0)',
    comment: 'The same by reason',
  },
  total('retransmits', 'flows.retransmits', 'Segments retransmitted by the observed end'),
  total('retransmit_bytes', 'flows.retransmit_bytes', 'Payload retransmitted by the observed end [By]'),
  total('resets_client', byEnd('resets_tx', 'resets_rx'), 'Resets sent by the client'),
  total('resets_server', byEnd('resets_rx', 'resets_tx'), 'Resets sent by the server'),
  total('srtt_us_sum', 'srtt_us', 'Sum of smoothed round-trip times, one per row with a sample [us]'),
  { name: 'srtt_us_count', type: sum, from: 'countIf(srtt_us > 0)', comment: 'Rows with a sample' },
  {
    name: 'srtt_us_histogram',
    type: histogram,
    from: `sumMapIf(map(${bucketOf('srtt_us')}, toUInt64(1)), srtt_us > 0)`,
    comment: 'Rows by bucket: b from 2^(b/4) us',
  },
  total('connect_us_sum', `if(${CONNECT_MEASURED}, connect_us, 0)`, 'Sum of connect times [us]'),
  {
    name: 'connect_us_count',
    type: sum,
    from: `countIf(${CONNECT_MEASURED})`,
    comment: 'Connections with a connect time',
  },
  {
    name: 'connect_us_histogram',
    type: histogram,
    from: `sumMapIf(map(${bucketOf('connect_us')}, toUInt64(1)), ${CONNECT_MEASURED})`,
    comment: 'Connections by bucket: b from 2^(b/4) us',
  },
]

const columns = [...keys, ...values]
export const edgeKeys = keys.map(({ name }) => name)
/** Its plain sums. */
export const edge1mTotals = values.filter(({ type }) => type === sum).map(({ name }) => name)

export const columnDefinitions = (of: readonly RollupColumn[]): string =>
  of.map(({ name, type, comment }) => `\`${name}\` ${type} COMMENT '${comment.replaceAll("'", "\\'")}'`).join(',\n  ')

/** Sorted by cluster first, then by time and the rest of the keys. */
const edgesOrder = ['cluster', ...keys.map(({ name }) => name).filter((name) => name !== 'cluster')].join(', ')

export const edges1mTtl = `time + toIntervalDay(${EDGES_1M_RETENTION_DAYS})`
export const hourlyTtl = `time + toIntervalDay(${HOURLY_RETENTION_DAYS})`

export const rollupSettings = `ttl_only_drop_parts = 1, non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`

/** One row per minute, edge, observing side and `counted`; sum the values, they may lie in several rows. */
export const edges1mDdl = (database: string): string => `CREATE TABLE IF NOT EXISTS ${database}.edges_1m
(
  ${columnDefinitions(columns)}
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMMDD(time)
ORDER BY (${edgesOrder})
TTL ${edges1mTtl}
SETTINGS ${rollupSettings}`

/** Rows of `edges_1m` from those of `flows`, a table or a subquery. */
export const edges1mSelect = (flows: string): string => `WITH ${LOCAL_IS_CLIENT} AS local_is_client
SELECT
  ${columns.map(({ name, from }) => `${from} AS \`${name}\``).join(',\n  ')}
FROM ${flows} AS flows
GROUP BY ${keys.map(({ name }) => `\`${name}\``).join(', ')}`

export const edges1mViewDdl = (
  database: string,
): string => `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.edges_1m_view TO ${database}.edges_1m AS
${edges1mSelect(`${database}.flows`)}`

/** The same by hour. A month is one partition: it holds 24 rows a day of what `edges_1m` holds up to 1,440 of. */
export const edges1hDdl = (database: string): string => `CREATE TABLE IF NOT EXISTS ${database}.edges_1h
(
  ${columnDefinitions(columns.map((c) => (c.name === 'time' ? { ...c, comment: 'Start of the hour' } : c)))}
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (${edgesOrder})
TTL ${hourlyTtl}
SETTINGS ${rollupSettings}`

const aggregateOf = ({ type }: RollupColumn): string => (type.includes('sumMap') ? 'sumMap' : 'sum')

/** Rows of `edges_1m` by hour: what its own view inserts there, so that `flows` are grouped once for both. */
export const edges1hSelect = (edges1m: string): string => `SELECT
  toStartOfHour(edges_1m.time) AS time,
  ${keys
    .filter(({ name }) => name !== 'time')
    .map(({ name }) => `edges_1m.${name} AS \`${name}\``)
    .join(',\n  ')},
  ${values.map((column) => `${aggregateOf(column)}(edges_1m.${column.name}) AS \`${column.name}\``).join(',\n  ')}
FROM ${edges1m} AS edges_1m
GROUP BY ${keys.map(({ name }) => `\`${name}\``).join(', ')}`

export const edges1hViewDdl = (database: string): string =>
  `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.edges_1h_view TO ${database}.edges_1h AS
${edges1hSelect(`${database}.edges_1m`)}`

/**
 * The hours that `edges_1m` already holds. One block, and its token: however often it runs, the hours get in once. Two sets of
 * rows a partition at most, since a month is one.
 */
export const fillEdges1h = (database: string): string => `INSERT INTO ${database}.edges_1h
SETTINGS insert_deduplication_token = 'edges_1h of schema 2', insert_deduplicate = 1, max_threads = 1,
  max_block_size = 100000000, max_insert_block_size = 100000000, min_insert_block_size_rows = 100000000,
  min_insert_block_size_bytes = 100000000000
${edges1hSelect(`${database}.edges_1m`)}`
