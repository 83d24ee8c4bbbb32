import { byEnd, columnDefinitions, hourlyTtl, key, LOCAL_IS_CLIENT, rollupSettings, text, total } from './edges.js'

const keys = [
  key('time', "DateTime('UTC')", 'toStartOfHour(time)', 'Start of the hour'),
  key('client_cluster', text, byEnd('flows.cluster', 'remote_cluster'), 'Cluster of the client'),
  key('client_zone', text, byEnd('local_zone', 'remote_zone'), 'Zone of the client'),
  key('client_region', text, byEnd('local_region', 'remote_region'), 'Region of the client'),
  key('client_namespace', text, byEnd('local_namespace', 'remote_namespace'), 'Namespace of the client'),
  key('client_service', text, byEnd('local_service', 'remote_service'), 'Service of the client'),
  key('server_cluster', text, byEnd('remote_cluster', 'flows.cluster'), 'Cluster of the server'),
  key('server_zone', text, byEnd('remote_zone', 'local_zone'), 'Zone of the server'),
  key('server_region', text, byEnd('remote_region', 'local_region'), 'Region of the server'),
  key('server_namespace', text, byEnd('remote_namespace', 'local_namespace'), 'Namespace of the server'),
  key('server_service', text, byEnd('remote_service', 'local_service'), 'Service of the server'),
  key('path_class', text, 'flows.path_class', 'Where the bytes go: same-zone, cross-zone, internet, ...'),
  key('nat_gateway', text, 'flows.nat_gateway', 'NAT gateway between the ends; empty for none'),
  key('transport', text, 'flows.transport', 'tcp or udp'),
  key('side', text, 'flows.side', 'Which end saw it: client, server or peer'),
  key('counted', 'UInt8', 'flows.counted', '1 where the bytes of the edge are taken from these rows'),
  key('self', 'UInt8', 'flows.self', "1 for Headwater's own connections"),
]

const values = [
  total('client_to_server_bytes', byEnd('tx_bytes', 'rx_bytes'), 'Payload [By]'),
  total('server_to_client_bytes', byEnd('rx_bytes', 'tx_bytes'), 'Payload [By]'),
  total('client_to_server_wire_bytes', byEnd('tx_wire_bytes', 'rx_wire_bytes'), 'IP bytes, an estimate [By]'),
  total('server_to_client_wire_bytes', byEnd('rx_wire_bytes', 'tx_wire_bytes'), 'IP bytes, an estimate [By]'),
  total('connects', 'flows.connects', 'Connections established, as the client saw it'),
]

const columns = [...keys, ...values]
export const zoneKeys = keys.map(({ name }) => name)
export const zone1hTotals = values.map(({ name }) => name)
const keyNames = keys.map(({ name }) => `\`${name}\``).join(', ')

/**
 * What traffic costs: one row per hour, pair of services with their places, path, observing side and `counted`. Only zone pairs and
 * bytes are here, so that they do not multiply the rows of the edges.
 */
export const zones1hDdl = (database: string): string => `CREATE TABLE IF NOT EXISTS ${database}.zones_1h
(
  ${columnDefinitions(columns)}
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (${keyNames})
TTL ${hourlyTtl}
SETTINGS ${rollupSettings}`

/** Rows of `zones_1h` from those of `flows`, a table or a subquery. */
export const zones1hSelect = (flows: string): string => `WITH ${LOCAL_IS_CLIENT} AS local_is_client
SELECT
  ${columns.map(({ name, from }) => `${from} AS \`${name}\``).join(',\n  ')}
FROM ${flows} AS flows
GROUP BY ${keyNames}`

export const zones1hViewDdl = (
  database: string,
): string => `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.zones_1h_view TO ${database}.zones_1h AS
${zones1hSelect(`${database}.flows`)}`
