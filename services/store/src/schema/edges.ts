import { DEDUPLICATION_WINDOW } from './flows.js'

/** Days that the 1-minute rollup is kept. */
export const EDGES_1M_RETENTION_DAYS = 30

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
const text = 'LowCardinality(String)'

/** Which end of a row is the client: the socket's side says; between peers it is the lower (address, port). */
const LOCAL_IS_CLIENT =
  "(side = 'client' OR (side NOT IN ('client', 'server') AND (local_ip, local_port) <= (remote_ip, remote_port)))"

/** A connection's later rows may repeat its connect time; its first row alone says connects or accepts. */
const CONNECT_MEASURED = '(connect_us > 0 AND flows.connects + flows.accepts > 0)'

const byEnd = (local: string, remote: string): string => `if(local_is_client, ${local}, ${remote})`

interface EdgeColumn {
  name: string
  type: string
  /** Expression over one row of `flows` (keys) or over a group of them (values). */
  from: string
  comment: string
}

const key = (name: string, type: string, from: string, comment: string): EdgeColumn => ({ name, type, from, comment })
const total = (name: string, of: string, comment: string): EdgeColumn => ({
  name,
  type: sum,
  from: `sum(${of})`,
  comment,
})

const keys: EdgeColumn[] = [
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

const values: EdgeColumn[] = [
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

export const edges1mTtl = `time + toIntervalDay(${EDGES_1M_RETENTION_DAYS})`

/** One row per minute, edge, observing side and `counted`; sum the values, they may lie in several rows. */
export const edges1mDdl = (database: string): string => `CREATE TABLE IF NOT EXISTS ${database}.edges_1m
(
  ${columns.map(({ name, type, comment }) => `\`${name}\` ${type} COMMENT '${comment.replaceAll("'", "\\'")}'`).join(',\n  ')}
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMMDD(time)
ORDER BY (cluster, ${keys
  .filter(({ name }) => name !== 'cluster')
  .map(({ name }) => name)
  .join(', ')})
TTL ${edges1mTtl}
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`

export const edges1mViewDdl = (
  database: string,
): string => `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.edges_1m_view TO ${database}.edges_1m AS
WITH ${LOCAL_IS_CLIENT} AS local_is_client
SELECT
  ${columns.map(({ name, from }) => `${from} AS \`${name}\``).join(',\n  ')}
FROM ${database}.flows AS flows
GROUP BY ${keys.map(({ name }) => `\`${name}\``).join(', ')}`
