import { DEDUPLICATION_WINDOW, FLOWS_PARTITION_HOURS } from './flows.js'

const text = 'LowCardinality(String)'
const time = "DateTime64(3, 'UTC')"
const counts = 'Map(LowCardinality(String), UInt64)'

const settings = `ttl_only_drop_parts = 1, non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`

/** Rows of `batches` from those of `flows`, and of `dns_batches` from those of `dns`: a table or a subquery. */
export const batchesSelect = (rows: string, token: string): string => `SELECT
  r.instance AS instance,
  r.sequence AS sequence,
  any(r.cluster) AS cluster,
  any(r.node) AS node,
  count() AS rows,
  min(r.time) AS min_time,
  max(r.time) AS max_time,
  ${token} AS token
FROM ${rows} AS r
GROUP BY instance, sequence`

const TOKEN_OF_INSERT = "getSetting('insert_deduplication_token')"

/** Which batches are in: one row per agent batch and insert, filled from the rows themselves. */
const batchesDdl = (database: string, table: string): string =>
  `CREATE TABLE IF NOT EXISTS ${database}.${table}
(
  instance ${text} COMMENT 'Agent instance',
  sequence UInt64 COMMENT 'Number of the batch within its instance',
  cluster ${text},
  node ${text},
  rows UInt64 COMMENT 'Rows stored',
  min_time ${time} COMMENT 'Earliest interval end',
  max_time ${time} COMMENT 'Latest interval end',
  token String COMMENT 'Deduplication token of the insert: which chunk of the bus stored it'
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(max_time)
ORDER BY (instance, sequence)
TTL toDateTime(max_time) + toIntervalDay(${BATCHES_DAYS})
SETTINGS ${settings}`

const batchesViewDdl = (database: string, table: string, rows: string): string =>
  `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.${table}_view TO ${database}.${table} AS
${batchesSelect(`${database}.${rows}`, TOKEN_OF_INSERT)}`

const batches = (database: string): string[] => [
  batchesDdl(database, 'batches'),
  batchesViewDdl(database, 'batches', 'flows'),
]

const HOUR_MS = 3_600_000
const PARTITION_MS = FLOWS_PARTITION_HOURS * HOUR_MS
/** As long as rows of `dns_batches` are kept. */
const BATCHES_DAYS = 30

/**
 * The batches of one partition of `dns`, by its begin as Unix ms. One block, and its token: however often it runs, they get in once.
 * What leaves no token, since there was nothing, is left to the view once there is one.
 */
const fillDnsBatches = (database: string, begin: number): string => `INSERT INTO ${database}.dns_batches
SETTINGS insert_deduplication_token = 'dns_batches of schema 7: ${begin / 1000}', insert_deduplicate = 1, max_threads = 1,
  max_block_size = 100000000, max_insert_block_size = 100000000, min_insert_block_size_rows = 100000000,
  min_insert_block_size_bytes = 100000000000, max_partitions_per_insert_block = 0
${batchesSelect(
  `(SELECT * FROM ${database}.dns AS d
  WHERE d.time >= fromUnixTimestamp64Milli(${begin}) AND d.time < fromUnixTimestamp64Milli(${begin + PARTITION_MS})
    AND (SELECT count() FROM system.tables WHERE database = '${database}' AND name = 'dns_batches_view') = 0)`,
  "''",
)}`

/**
 * Which batches of questions to name servers are in; since schema 7. Of those stored before, once; by partition, since a group for each
 * batch of all of them may be more than a query may hold.
 */
export const dnsBatchesDdl = (database: string, rawRetentionDays: number): string[] => {
  const now = Date.now()
  const kept = Math.min(rawRetentionDays, BATCHES_DAYS) * 24 * HOUR_MS
  const first = Math.floor((now - kept) / PARTITION_MS) - 1
  // The last one is of agents whose clocks are ahead.
  const last = Math.floor(now / PARTITION_MS) + 1
  const partitions = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * PARTITION_MS)
  return [
    batchesDdl(database, 'dns_batches'),
    // Before the view is there: each row gets in once, as long as nobody inserts meanwhile.
    ...partitions.map((begin) => fillDnsBatches(database, begin)),
    batchesViewDdl(database, 'dns_batches', 'dns'),
  ]
}

/** What batches told of losses, where it changed; since schema 7. */
export const lossesDdl = (database: string): string => `CREATE TABLE IF NOT EXISTS ${database}.losses
(
  time ${time} COMMENT 'Latest interval end in the batch that told it',
  instance ${text} COMMENT 'Agent instance',
  cluster ${text},
  node ${text},
  topic ${text} COMMENT 'flows or dns: whose rows dropped are',
  sequence UInt64 COMMENT 'Number of that batch',
  dropped ${counts} COMMENT 'Rows dropped since the agent started, by reason',
  losses ${counts} COMMENT 'What else was lost since the agent started, by name'
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(time)
ORDER BY (instance, topic, time)
TTL toDateTime(time) + toIntervalDay(30)
SETTINGS ${settings}`

/** What of the messages that came is not stored: copies, and what was put aside; since schema 9. */
export const leftOutDdl = (database: string): string => `CREATE TABLE IF NOT EXISTS ${database}.left_out
(
  time ${time} COMMENT 'Latest interval end in the batch; where that cannot be told, or is far off, when the bus or ingest had it',
  instance ${text} COMMENT 'Agent instance; empty where nobody knows it',
  cluster ${text},
  node ${text},
  topic ${text} COMMENT 'flows or dns',
  sequence UInt64 COMMENT 'Number of the batch within its instance; 0 where nobody knows it',
  kind ${text} COMMENT 'duplicate: its rows are stored by another message; dead: put aside',
  reason ${text} COMMENT 'Why it is dead: that of its dead letter',
  batches UInt64 COMMENT '1 where all of the batch was left out, 0 where some of its rows were',
  rows UInt64 COMMENT 'Rows left out; 0 also where they could not be counted'
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(time)
ORDER BY (instance, topic, sequence, time)
TTL toDateTime(time) + toIntervalDay(30)
SETTINGS ${settings}`

/** How far each replica of ingest is behind on the bus, every 10 s; since schema 9. */
export const busLagDdl = (database: string): string => `CREATE TABLE IF NOT EXISTS ${database}.bus_lag
(
  time ${time} COMMENT 'When the replica told it',
  replica ${text} COMMENT 'Replica of ingest that has the partition',
  topic ${text},
  partition Int32,
  messages UInt64 COMMENT 'Messages on the bus that are not handled yet',
  seconds Float64 COMMENT 'Age of the oldest of them; 0 where there is none [s]'
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(time)
ORDER BY (topic, partition, time)
TTL toDateTime(time) + toIntervalDay(3)
SETTINGS ${settings}`

/** What agents tell of losses, and of questions to name servers, since schema 7. */
export const nodeLossesDdl = (database: string): string => `ALTER TABLE ${database}.nodes
  ADD COLUMN IF NOT EXISTS losses ${counts} COMMENT 'What else was lost since the agent started, by name' AFTER dropped,
  ADD COLUMN IF NOT EXISTS dns_produced_rows UInt64 COMMENT 'Rows of questions to name servers made since the agent started' AFTER losses,
  ADD COLUMN IF NOT EXISTS dns_produced_batches UInt64 COMMENT 'Batches of them' AFTER dns_produced_rows,
  ADD COLUMN IF NOT EXISTS dns_dropped ${counts} COMMENT 'Of them, rows dropped, by reason' AFTER dns_produced_batches`

/** Heartbeats of the agents (NodeReport). */
const nodes = (database: string): string => `CREATE TABLE IF NOT EXISTS ${database}.nodes
(
  time ${time} COMMENT 'When the agent reported',
  instance ${text} COMMENT 'Agent instance: a new one at each start of an agent',
  cluster ${text},
  node ${text},
  realm ${text},
  zone ${text},
  region ${text},
  started ${time} COMMENT 'When the agent started',
  stopping UInt8 COMMENT '1 on the last report of a clean stop',
  interval_ms UInt32 COMMENT 'Time to the next report [ms]',
  version ${text},
  kernel ${text},
  arch ${text},
  profile ${text},
  produced_rows UInt64 COMMENT 'Rows made since the agent started',
  produced_batches UInt64 COMMENT 'Batches made since the agent started',
  dropped ${counts} COMMENT 'Rows dropped since the agent started, by reason',
  kernel_records ${counts} COMMENT 'Records of the kernel programs since the agent started, by kind',
  cpu_user_us UInt64 COMMENT 'CPU time of the agent since it started [us]',
  cpu_system_us UInt64 COMMENT 'CPU time of the agent since it started [us]',
  rss_bytes UInt64 COMMENT 'Resident memory of the agent [By]',
  capabilities String COMMENT 'JSON: what works on the node, what does not, and why' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(time)
ORDER BY (cluster, node, instance, time)
TTL toDateTime(time) + toIntervalDay(30)
SETTINGS ${settings}`

/** Listening sockets, once per heartbeat. */
const listeners = (database: string): string => `CREATE TABLE IF NOT EXISTS ${database}.listeners
(
  time ${time} COMMENT 'When the agent reported',
  instance ${text},
  cluster ${text},
  node ${text},
  netns UInt32 COMMENT 'Network namespace (inode)',
  address IPv6,
  port UInt16,
  pid UInt32,
  process ${text},
  backlog UInt32 COMMENT 'Connections that wait for accept',
  backlog_max UInt32,
  drops UInt64 COMMENT 'Connections dropped, cumulative over the socket'
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(time)
ORDER BY (cluster, node, netns, address, port, time)
TTL toDateTime(time) + toIntervalDay(3)
SETTINGS ${settings}`

/** What can run out on a node, once per heartbeat; since schema 6. */
export const limitsDdl = (database: string): string => `CREATE TABLE IF NOT EXISTS ${database}.limits
(
  time ${time} COMMENT 'When the agent reported',
  instance ${text},
  cluster ${text},
  node ${text},
  netns UInt32 COMMENT 'Network namespace (inode); of memory, which is the machine''s, that of the agent',
  kind ${text} COMMENT 'ports (that the kernel chooses from), conntrack, tcp-memory, udp-memory (in bytes)',
  address ${text} COMMENT 'Of ports: the local address; empty: of all together at most, where that is a tenth or less',
  used UInt64,
  max UInt64
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(time)
ORDER BY (cluster, node, kind, netns, address, time)
TTL toDateTime(time) + toIntervalDay(3)
SETTINGS ${settings}`

/** Who held an address from when to when. Of rows with one key the one told last holds: SELECT ... FINAL. */
const endpoints = (database: string): string => `CREATE TABLE IF NOT EXISTS ${database}.endpoints
(
  kind ${text} COMMENT 'node-address or listener',
  realm ${text} COMMENT 'Address space',
  cluster ${text},
  node ${text},
  instance ${text},
  netns UInt32,
  transport ${text},
  address IPv6,
  port UInt16 COMMENT '0 for the whole address',
  pid UInt32,
  process ${text},
  container_id ${text},
  zone ${text},
  region ${text},
  valid_from ${time},
  valid_to Nullable(${time}) COMMENT 'NULL while it holds',
  told ${time} DEFAULT now64(3) COMMENT 'When the store heard of it'
)
ENGINE = ReplacingMergeTree(told)
ORDER BY (realm, address, port, valid_from, node, netns, transport)
TTL toDateTime(ifNull(valid_to, told)) + toIntervalDay(90)
SETTINGS non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`

/** Whose clock a heartbeat's times are by, since schema 3: before, they were taken for ours. */
export const nodeColumnsDdl = (database: string): string => `ALTER TABLE ${database}.nodes
  ADD COLUMN IF NOT EXISTS received ${time} DEFAULT time COMMENT 'When ingest had the report, by its own clock' AFTER time,
  ADD COLUMN IF NOT EXISTS clock_offset_ms Nullable(Int64)
    COMMENT 'received less the time that the agent told: its clock is behind by that, or the report took as long [ms]' AFTER received`

/** Since schema 4 a row is one socket: before, it was the sum of those at one address and port. */
export const listenerColumnsDdl = (database: string): string => `ALTER TABLE ${database}.listeners
  ADD COLUMN IF NOT EXISTS cookie UInt64 COMMENT 'Socket cookie: one socket on one boot of the node' AFTER port,
  ADD COLUMN IF NOT EXISTS handshakes UInt32 COMMENT 'Handshakes under way' AFTER backlog_max,
  ADD COLUMN IF NOT EXISTS overflows UInt64 COMMENT 'Of the drops those since the agent met the socket whose reports found its queue full' AFTER drops`

/** What agents tell of their own cost since schema 6. */
export const nodeCostDdl = (database: string): string => `ALTER TABLE ${database}.nodes
  ADD COLUMN IF NOT EXISTS excluded_rows UInt64 COMMENT 'Rows left out by the configuration of the agent, since it started' AFTER dropped,
  ADD COLUMN IF NOT EXISTS excluded_bytes UInt64 COMMENT 'Payload in them [By]' AFTER excluded_rows,
  ADD COLUMN IF NOT EXISTS ring_bytes UInt64 COMMENT 'Size of the ring between kernel and agent [By]' AFTER rss_bytes,
  ADD COLUMN IF NOT EXISTS ring_peak_bytes UInt64
    COMMENT 'The most that was in the ring as the agent came to read, since the report before [By]' AFTER ring_bytes,
  ADD COLUMN IF NOT EXISTS kernel_bytes UInt64 COMMENT 'What the kernel holds for its programs and maps [By]' AFTER ring_peak_bytes,
  ADD COLUMN IF NOT EXISTS program_runs ${counts}
    COMMENT 'Runs of its kernel programs, while the kernel counts them (kernel.bpf_stats_enabled)' AFTER kernel_bytes,
  ADD COLUMN IF NOT EXISTS program_run_ns ${counts} COMMENT 'Time of these runs [ns]' AFTER program_runs,
  ADD COLUMN IF NOT EXISTS cpu_budget Float64 COMMENT 'Share of one core that the agent may take; 0: any' AFTER program_run_ns,
  ADD COLUMN IF NOT EXISTS cpu_used Float64 COMMENT 'Share of one core that it took over its last window' AFTER cpu_budget,
  ADD COLUMN IF NOT EXISTS walk_interval_ms UInt32 COMMENT 'Time between two looks at what lives on [ms]' AFTER cpu_used,
  ADD COLUMN IF NOT EXISTS given_up Array(${text}) COMMENT 'What it does without to stay within its budget' AFTER walk_interval_ms`

/** What agents tell of the process and its container since schema 2. */
export const endpointColumnsDdl = (database: string): string => `ALTER TABLE ${database}.endpoints
  ADD COLUMN IF NOT EXISTS process_start ${time} COMMENT 'When that process was started; 1970 where unknown' AFTER process,
  ADD COLUMN IF NOT EXISTS service ${text} COMMENT 'Service of that process' AFTER process_start,
  ADD COLUMN IF NOT EXISTS service_source ${text} COMMENT 'How the service is known' AFTER service,
  ADD COLUMN IF NOT EXISTS namespace ${text} COMMENT 'Namespace of its workload' AFTER service_source,
  ADD COLUMN IF NOT EXISTS unit ${text} COMMENT 'systemd unit of that process' AFTER namespace,
  ADD COLUMN IF NOT EXISTS container_name ${text} COMMENT 'Name of its container' AFTER container_id,
  ADD COLUMN IF NOT EXISTS container_image ${text} COMMENT 'Image of its container' AFTER container_name,
  ADD COLUMN IF NOT EXISTS labels Map(String, String) COMMENT 'Labels of its container' AFTER container_image`

/** Messages that could not be stored. */
const deadLetters = (database: string): string => `CREATE TABLE IF NOT EXISTS ${database}.dead_letters
(
  time ${time} COMMENT 'When it was put aside',
  topic ${text},
  partition Int32,
  offset Int64,
  key String,
  reason ${text},
  detail String COMMENT 'What exactly was wrong',
  headers Map(String, String),
  value String COMMENT 'The message, base64, cut at 1 MiB' CODEC(ZSTD),
  value_bytes UInt64 COMMENT 'Its whole length [By]'
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(time)
ORDER BY (topic, partition, offset)
TTL toDateTime(time) + toIntervalDay(30)
SETTINGS ${settings}`

/** All tables but `flows` and its rollups. */
export const tablesDdl = (database: string): string[] => [
  ...batches(database),
  nodes(database),
  listeners(database),
  endpoints(database),
  deadLetters(database),
]
