import type { StoreClient } from '@headwater/store'

/** A made fleet: what stands for an hour of the demo by default. */
export interface Fleet {
  /** Start of the first row, Unix ms. */
  from: number
  /** End of the last, Unix ms. */
  to: number
  rowsPerSecond: number
  edges: number
}

export const CLUSTERS = 3
export const NODES = 6
/** The agents' interval. */
const BEAT_MS = 5_000
const BLOCK_ROWS = 1_000_000
const PARTITION_MS = 6 * 3_600_000

const pick = (values: readonly string[], by: string): string =>
  `[${values.map((v) => `'${v}'`).join(', ')}][${by} % ${values.length} + 1]`

/**
 * Rows of both ends of connections, made in the store. Nine of ten are of connections that close; the rest are of some that stay
 * open, one an edge. One edge of ten goes to the internet, whose end has no agent; between clusters lies a NAT gateway, behind which
 * the server sees the gateway.
 */
function rows({ edges, rowsPerSecond }: Fleet, from: number, to: number): string {
  // Both ends tell, but for the internet.
  const perSecond = rowsPerSecond / 1.9
  const first = Math.round((from * perSecond) / 1000)
  const count = Math.round((to * perSecond) / 1000) - first
  const services = Math.max(6, Math.round(edges * 0.45))
  return `
WITH
  number + ${first} AS n, cityHash64(n) AS h, n % 10 = 0 AS walked, h % ${edges} AS edge,
  least(${to - 1}, greatest(${from}, toInt64(n * 1000 / ${perSecond}))) AS ms,
  edge % 10 = 9 AS outside, edge % ${services} AS a, (edge * 7 + intDiv(edge, ${services}) + 1) % ${services} AS b,
  a % ${NODES} AS client_node, b % ${NODES} AS server_node, intDiv(client_node, 2) AS client_cluster, intDiv(server_node, 2) AS server_cluster,
  client_cluster != server_cluster AND NOT outside AS across,
  side = 'client' AS own, if(own, a, b) AS local, if(own, b, a) AS remote, if(own, client_node, server_node) AS at, if(own, server_node, client_node) AS far,
  own ? outside : across AS strange,
  toUInt64(500 + h % 40000) AS sent, toUInt64(200 + h % 9000) AS received, intDiv(h, 1000) % 400 = 0 AND NOT walked AND edge % 5 = 0 AS failed,
  if(walked, edge + 1, n + 1000000) AS connection,
  IPv4ToIPv6(toIPv4(concat('10.', toString(client_cluster), '.', toString(client_node), '.', toString(a % 200 + 1)))) AS client_ip,
  IPv4ToIPv6(toIPv4(if(outside, concat('93.184.216.', toString(edge % 250)), concat('10.', toString(server_cluster), '.', toString(server_node), '.', toString(b % 200 + 1))))) AS server_ip,
  IPv4ToIPv6(toIPv4(concat('10.', toString(server_cluster), '.255.1'))) AS gateway_ip,
  toUInt16(20000 + connection % 40000) AS client_port, toUInt16(8000 + b % 50) AS server_port
SELECT
  fromUnixTimestamp64Milli(ms, 'UTC') AS time, fromUnixTimestamp64Milli(if(walked, ${from - 600_000}, ms - toInt64(h % 300)), 'UTC') AS start,
  ${pick(['east', 'west', 'north'], 'if(own, client_cluster, server_cluster)')} AS cluster, concat('node-', toString(at)) AS node, cluster AS realm,
  concat('instance-', toString(at)) AS instance, toUInt64(intDiv(ms, 1000)) AS sequence, toUInt32(4026531840 + local) AS netns,
  connection * 2 + own AS cookie, if(failed, 0, cityHash64(connection)) AS connection_id, side, 'socket' AS side_source,
  own AS counted, 0 AS partial, 0 AS self, walked AS open, 'tcp' AS transport,
  if(own, client_ip, server_ip) AS local_ip, if(own, client_port, server_port) AS local_port,
  multiIf(own, server_ip, across, gateway_ip, client_ip) AS remote_ip, if(own, server_port, client_port) AS remote_port,
  if(failed, 0, if(own, sent, received)) AS tx_bytes, if(failed, 0, if(own, received, sent)) AS rx_bytes,
  if(failed, 1, 3 + intDiv(tx_bytes, 1400)) AS tx_packets, if(failed, 0, 3 + intDiv(rx_bytes, 1400)) AS rx_packets,
  tx_bytes + 52 * tx_packets AS tx_wire_bytes, rx_bytes + 52 * rx_packets AS rx_wire_bytes,
  own AND NOT walked AND NOT failed AS connects, NOT own AND NOT walked AND NOT failed AS accepts, NOT walked AND NOT failed AS closes,
  failed AS failures, if(failed, 'refused', '') AS failure_reason, if(connects, toUInt32(80 + h % 900), 0) AS connect_us,
  if(failed, 0, toUInt32(100 + h % 3000)) AS srtt_us, intDiv(srtt_us, 4) AS rttvar_us, if(failed, 0, 60 + h % 40) AS min_rtt_us,
  h % 900 = 0 AS retransmits, retransmits * 1400 AS retransmit_bytes, 0 AS resets_tx, failed AS resets_rx,
  1000 + local AS pid, concat('process-', toString(local)) AS process, if(own, 'connect', 'listener') AS owner_source, 0 AS owner_uncertain,
  0 AS cgroup_id, '' AS container_id, '' AS container_name, '' AS container_image, fromUnixTimestamp64Milli(${from - 3_600_000}, 'UTC') AS process_start, '' AS unit,
  ${pick(['zone-a', 'zone-b', 'zone-c'], 'intDiv(at, 2)')} AS local_zone, ${pick(['region-1', 'region-1', 'region-2'], 'intDiv(at, 2)')} AS local_region,
  'shop' AS local_namespace, concat('service-', toString(local)) AS local_service, 'otel' AS service_source,
  strange ? '' : 'shop' AS remote_namespace,
  strange ? replaceOne(IPv6NumToString(remote_ip), '::ffff:', '') : concat('service-', toString(remote)) AS remote_service,
  strange ? '' : concat('process-', toString(remote)) AS remote_process, strange ? '' : concat('node-', toString(far)) AS remote_node,
  strange ? '' : ${pick(['east', 'west', 'north'], 'intDiv(far, 2)')} AS remote_cluster, '' AS remote_container,
  strange ? '' : ${pick(['zone-a', 'zone-b', 'zone-c'], 'intDiv(far, 2)')} AS remote_zone,
  strange ? '' : ${pick(['region-1', 'region-1', 'region-2'], 'intDiv(far, 2)')} AS remote_region,
  multiIf(NOT strange, 'private', own, 'internet', 'nat') AS remote_class,
  multiIf(outside, 'internet', across, 'cross-zone', at = far, 'same-node', 'same-zone') AS path_class, if(across, concat('nat-', realm), '') AS nat_gateway
FROM (SELECT number, side FROM numbers(${count}) ARRAY JOIN ['client', 'server'] AS side)
WHERE own OR NOT (outside OR failed)`
}

/** Reports of the agents, with as many listeners as nodes of a small fleet have. */
const reports = (from: number, beats: number): string => `
SELECT fromUnixTimestamp64Milli(${from} + intDiv(number, ${NODES}) * ${BEAT_MS}, 'UTC') AS time, number % ${NODES} AS at,
  concat('instance-', toString(at)) AS instance, concat('node-', toString(at)) AS node, intDiv(number, ${NODES}) AS beat,
  ${pick(['east', 'west', 'north'], 'intDiv(at, 2)')} AS cluster
FROM numbers(${beats * NODES})`

/** Fills an empty store with the fleet's rows, minute by minute as they would have come, and its agents' reports. */
export async function fill(admin: StoreClient, fleet: Fleet): Promise<void> {
  const { from, to, rowsPerSecond } = fleet
  const minutes = Math.max(1, Math.floor(BLOCK_ROWS / (rowsPerSecond * 60)))
  const settings = { max_threads: 2, max_partitions_per_insert_block: 0 }
  // What the rows say nothing of has its default.
  const made = await admin.query<{ name: string[] }>(`DESCRIBE (${rows(fleet, from, to)})`)
  let end = from
  for (let start = from; start < to; start = end) {
    end = Math.min(to, start + minutes * 60_000, (Math.floor(start / PARTITION_MS) + 1) * PARTITION_MS)
    await admin.command(
      `INSERT INTO headwater.flows (${made.columns.name.join(', ')}) ${rows(fleet, start, end)}`,
      {},
      settings,
    )
  }
  const beats = Math.floor((to - from) / BEAT_MS)
  await admin.command(`INSERT INTO headwater.nodes (time, instance, cluster, node, realm, started, interval_ms, version, produced_rows, produced_batches, rss_bytes, capabilities)
SELECT time, instance, cluster, node, cluster, fromUnixTimestamp64Milli(${from - 60_000}, 'UTC'), ${BEAT_MS}, '0.0.0',
  toUInt64(beat * ${(BEAT_MS * rowsPerSecond) / 1000 / NODES}), intDiv(toUnixTimestamp64Milli(time), 1000), 100000000, '[]' FROM (${reports(from, beats)})`)
  await admin.command(`INSERT INTO headwater.listeners (time, instance, cluster, node, netns, address, port, pid, process, backlog, backlog_max, drops)
SELECT time, instance, cluster, node, 4026531840 + l, toIPv6('::'), 8000 + l, 1000 + l, concat('process-', toString(l)), 0, 511, 0
FROM (${reports(from, beats)}) ARRAY JOIN range(4) AS l`)
}
