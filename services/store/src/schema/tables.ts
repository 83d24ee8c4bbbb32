import { DEDUPLICATION_WINDOW } from './flows.js'

const text = 'LowCardinality(String)'
const time = "DateTime64(3, 'UTC')"
const counts = 'Map(LowCardinality(String), UInt64)'

const settings = `ttl_only_drop_parts = 1, non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`

/** Which batches are in: one row per agent batch and insert, filled from the rows of `flows` themselves. */
const batches = (database: string): string[] => [
  `CREATE TABLE IF NOT EXISTS ${database}.batches
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
TTL toDateTime(max_time) + toIntervalDay(30)
SETTINGS ${settings}`,
  `CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.batches_view TO ${database}.batches AS
SELECT
  flows.instance AS instance,
  flows.sequence AS sequence,
  any(flows.cluster) AS cluster,
  any(flows.node) AS node,
  count() AS rows,
  min(flows.time) AS min_time,
  max(flows.time) AS max_time,
  getSetting('insert_deduplication_token') AS token
FROM ${database}.flows AS flows
GROUP BY instance, sequence`,
]

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
