import type { StoreClient } from '@headwater/store'

const endKeys = (end: string): string[] =>
  ['cluster', 'zone', 'region', 'namespace', 'service'].map((label) => `${end}_${label}`)
const keys = [
  'time',
  ...endKeys('client'),
  ...endKeys('server'),
  'path_class',
  'nat_gateway',
  'transport',
  'side',
  'counted',
  'self',
]
const values: Record<string, string> = {
  client_to_server_bytes: 'if(local_is_client, tx_bytes, rx_bytes)',
  server_to_client_bytes: 'if(local_is_client, rx_bytes, tx_bytes)',
  client_to_server_wire_bytes: 'if(local_is_client, tx_wire_bytes, rx_wire_bytes)',
  server_to_client_wire_bytes: 'if(local_is_client, rx_wire_bytes, tx_wire_bytes)',
  connects: 'flows.connects',
}
const types: Record<string, string> = { time: "DateTime('UTC')", counted: 'UInt8', self: 'UInt8' }

/** Where a key comes from in a row of `flows`. */
function from(key: string): string {
  if (key === 'time') return 'toStartOfHour(flows.time)'
  const [, end, label] = /^(client|server)_(.+)$/.exec(key) ?? []
  if (label === undefined) return `flows.${key}`
  const local = label === 'cluster' ? 'flows.cluster' : `flows.local_${label}`
  const pair = [local, `flows.remote_${label}`]
  return `if(local_is_client, ${(end === 'client' ? pair : pair.reverse()).join(', ')})`
}

/** Makes zones_1h and the view that fills it from flows, in a store whose schema has not got them. */
export async function ensureZones(admin: StoreClient): Promise<void> {
  const { columns } = await admin.query<{ n: number[] }>(
    "SELECT count() AS n FROM system.tables WHERE database = 'headwater' AND name = 'zones_1h'",
  )
  if (columns.n[0] !== 0) return
  const sums = Object.keys(values).map((v) => `${v} SimpleAggregateFunction(sum, UInt64)`)
  await admin.command(`CREATE TABLE headwater.zones_1h
    (${[...keys.map((k) => `${k} ${types[k] ?? 'LowCardinality(String)'}`), ...sums].join(', ')})
    ENGINE = AggregatingMergeTree ORDER BY (${keys.join(', ')})`)
  await admin.command(`CREATE MATERIALIZED VIEW headwater.zones_1h_view TO headwater.zones_1h AS
    WITH (side = 'client' OR (side NOT IN ('client', 'server') AND (local_ip, local_port) <= (remote_ip, remote_port))) AS local_is_client
    SELECT ${keys.map((k) => `${from(k)} AS ${k}`).join(', ')},
      ${Object.entries(values)
        .map(([name, of]) => `sum(${of}) AS ${name}`)
        .join(', ')}
    FROM headwater.flows AS flows GROUP BY ${keys.join(', ')}`)
}
