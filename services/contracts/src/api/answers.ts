import { z } from 'zod'
import { agentBudgetSchema, capabilitySchema, limitSchema, listenerSchema, programRunsSchema } from '../bus/messages.js'
import { edgeChangeSchema, nodeChangeSchema } from './change.js'
import { healthSchema } from './health.js'

const count = z.number().nonnegative()
const ms = z.number().describe('Unix ms')
const microseconds = z.number().nonnegative().nullable().describe('us, null without a sample')
const quantiles = z
  .object({ p50: count, p95: count, p99: count })
  .nullable()
  .describe('us, from log-scale buckets: off by 9 % at most; null without a sample')

export const rangeSchema = z.object({ from: ms, to: ms })

const dropped = z.record(z.string(), count).describe('by reason')
const losses = z
  .record(z.string(), count)
  .describe('what else was lost or not told in time, by name (docs/fleet.md); none of it is a row dropped')

const deliverySchema = z.object({
  delivered: z.number().min(0).max(1).nullable().describe('rows stored / rows produced; null where none was'),
  rows_produced: count,
  rows_stored: count,
  rows_dropped: dropped,
})
export type Delivery = z.infer<typeof deliverySchema>

/** The two numbers of completeness, on every answer. null: nothing was expected in the range. */
export const completenessSchema = z.object({
  delivered: z.number().min(0).max(1).nullable().describe('rows stored / rows produced by the agents in the range'),
  coverage: z.number().min(0).max(1).nullable().describe('node-seconds heard / node-seconds expected'),
  rows_produced: count,
  rows_stored: count,
  rows_dropped: dropped,
  dns: deliverySchema.describe('of rows of questions to name servers, which are in none of the figures before'),
  losses,
  nodes_expected: count,
  nodes_heard: count,
  nodes_silent: z.array(z.string()),
})
export type Completeness = z.infer<typeof completenessSchema>

/** What is measured of an edge in the range, each connection counted once. */
export const edgeStatsSchema = z.object({
  client_to_server_bytes: count.describe('payload, By'),
  server_to_client_bytes: count.describe('payload, By'),
  client_to_server_wire_bytes: count.describe('L3 estimate, By'),
  server_to_client_wire_bytes: count.describe('L3 estimate, By'),
  client_to_server_packets: count,
  server_to_client_packets: count,
  connects: count.describe('connections established in the range'),
  closes: count,
  open: count.describe('connections open at the end of the range'),
  failures: count,
  failure_reasons: z.record(z.string(), count),
  retransmits: count.describe('segments, of both ends where both are seen'),
  retransmit_ratio: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .describe('segments sent again of segments sent, by the ends that were seen; null where none was sent'),
  resets: count,
  connect_us: microseconds.describe('mean'),
  connect_us_quantiles: quantiles,
  srtt_us: microseconds.describe('mean'),
  srtt_us_quantiles: quantiles,
  server_ports: z.array(z.number()).describe('busiest first, at most 8'),
})
export type EdgeStats = z.infer<typeof edgeStatsSchema>

export const mapNodeSchema = z.object({
  id: z.string().describe('stable between requests of one grouping'),
  label: z.string(),
  kind: z.enum(['service', 'process', 'node', 'namespace', 'cluster', 'zone', 'region', 'address']),
  observed: z
    .boolean()
    .describe(
      'false: known only as the other end of what others reported, or a bare address that no process is known of',
    ),
  cluster: z.string(),
  namespace: z.string(),
  class: z.string().describe('loopback, private, internet, ...; empty for an observed one'),
  labels: z
    .record(z.string(), z.string())
    .describe('what selects this node in a filter: {service="cart",cluster="a"}; empty for a node made of many'),
  self: z.boolean(),
  connects: count.describe('as client'),
  accepts: count.describe('as server'),
  failures: count.describe('of its attempts'),
  open: count,
  tx_bytes: count,
  rx_bytes: count,
  health: healthSchema,
  change: nodeChangeSchema.nullable().describe('null where nothing is compared'),
})
export type MapNode = z.infer<typeof mapNodeSchema>

/** What an edge has beside what is measured. */
const edgeFacts = {
  counted: z
    .boolean()
    .describe(
      'false: its connections are counted on another edge, since an address translation (NAT) stands between the ends; its sums are in no total',
    ),
  health: healthSchema,
}

export const mapEdgeSchema = edgeStatsSchema.extend({
  ...edgeFacts,
  change: edgeChangeSchema.nullable().describe('null where nothing is compared'),
  id: z.string(),
  source: z.string().describe('id of the client node'),
  target: z.string().describe('id of the server node'),
  transport: z.string(),
})
export type MapEdge = z.infer<typeof mapEdgeSchema>

export const mapSchema = z.object({
  range: rangeSchema,
  compared_with: rangeSchema.nullable().describe('null where nothing is compared'),
  group_by: z.string(),
  completeness: completenessSchema,
  nodes: z.array(mapNodeSchema),
  edges: z.array(mapEdgeSchema),
  truncated: z.object({ nodes: count, edges: count }).describe('how many were left out by the limit'),
})
export type MapAnswer = z.infer<typeof mapSchema>

/** The nodes of the map as a list, busiest first. */
export const servicesSchema = mapSchema
  .omit({ edges: true, nodes: true, truncated: true, compared_with: true })
  .extend({
    services: z.array(mapNodeSchema),
    total: count.describe('before the limit'),
  })
export type ServicesAnswer = z.infer<typeof servicesSchema>

export const edgeSchema = edgeStatsSchema.extend({
  ...edgeFacts,
  labels: z.record(z.string(), z.string()).describe('client_*, server_*, transport'),
})
export type Edge = z.infer<typeof edgeSchema>

export const edgesSchema = z.object({
  range: rangeSchema,
  completeness: completenessSchema,
  edges: z.array(edgeSchema),
  total: count.describe('edges that match, before the limit'),
})
export type EdgesAnswer = z.infer<typeof edgesSchema>

const seriesNumbersSchema = z.object({
  client_to_server_bytes: z.array(count),
  server_to_client_bytes: z.array(count),
  connects: z.array(count),
  failures: z.array(count),
  retransmits: z.array(count),
  open: z.array(count.nullable()),
  connect_us: z.array(z.number().nullable()),
  srtt_us: z.array(z.number().nullable()),
})
export type SeriesNumbers = z.infer<typeof seriesNumbersSchema>

/** One array per series, aligned with `time`; null where there was no sample. */
export const seriesSchema = z.object({
  range: rangeSchema,
  step_ms: count,
  completeness: completenessSchema,
  time: z.array(ms).describe('start of each step'),
  series: seriesNumbersSchema,
  groups: z
    .array(
      z.object({
        labels: z.record(z.string(), z.string()).describe('client_* or server_*, or both and transport'),
        series: seriesNumbersSchema,
      }),
    )
    .optional()
    .describe('with split: one series for each edge, client or server, biggest first'),
  groups_left_out: count.optional().describe('with split: how many there are beyond the limit'),
})
export type SeriesAnswer = z.infer<typeof seriesSchema>

/** A row of `flows` as the API shows it: 64-bit ids as strings, addresses dotted where IPv4. */
export const flowSchema = z.object({
  time: ms,
  start: ms,
  cluster: z.string(),
  node: z.string(),
  netns: z.number(),
  connection_id: z.string(),
  cookie: z.string(),
  side: z.string(),
  side_source: z.string(),
  counted: z.boolean(),
  partial: z.boolean(),
  self: z.boolean(),
  open: z.number(),
  transport: z.string(),
  local_ip: z.string(),
  local_port: z.number(),
  remote_ip: z.string(),
  remote_port: z.number(),
  local_service: z.string(),
  remote_service: z.string(),
  pid: z.number(),
  process: z.string(),
  comm: z.string(),
  uid: z.number().describe('means nothing where pid is 0'),
  process_start: ms.describe('Unix ms; 0 where unknown'),
  unit: z.string(),
  remote_process: z.string(),
  service_source: z.string(),
  owner_source: z.string(),
  owner_uncertain: z.boolean(),
  container_id: z.string(),
  container_name: z.string(),
  container_image: z.string(),
  remote_node: z.string(),
  remote_cluster: z.string(),
  path_class: z.string(),
  nat_gateway: z.string(),
  tx_bytes: count,
  rx_bytes: count,
  tx_packets: count,
  rx_packets: count,
  tx_wire_bytes: count,
  rx_wire_bytes: count,
  connects: count,
  accepts: count,
  closes: count,
  failures: count,
  failure_reason: z.string(),
  close_reason: z.string(),
  connect_us: count,
  syn_retransmits: count,
  srtt_us: count,
  min_rtt_us: count,
  retransmits: count,
  spurious_retransmits: count,
  reorderings: count,
  ecn: z.boolean(),
  ce_packets: count,
  zero_windows_tx: count,
  zero_windows_rx: count,
  busy_us: count,
  rwnd_limited_us: count,
  sndbuf_limited_us: count,
  drops: count,
  icmp_errors: count,
  resets_tx: count,
  resets_rx: count,
  reset_reason: z.string(),
})
export type Flow = z.infer<typeof flowSchema>

export const flowsSchema = z.object({
  range: rangeSchema,
  completeness: completenessSchema,
  flows: z.array(flowSchema).describe('newest first'),
  cursor: z.string().nullable().describe('give it as `cursor` for the next page; null at the end'),
})
export type FlowsAnswer = z.infer<typeof flowsSchema>

const groupKey = z.string().nullable()

/** Questions to name servers that agree in what they are grouped by. */
export const dnsGroupSchema = z.object({
  name: groupKey.describe('name asked for; this and the next six are null where questions are not grouped by it'),
  type: groupKey,
  rcode: groupKey.describe('NOERROR, NXDOMAIN, SERVFAIL, ...; empty where no answer came'),
  server: groupKey.describe('address and port that was asked'),
  service: groupKey.describe('service that asked'),
  process: groupKey.describe('process that asked'),
  node: groupKey.describe('node that asked'),
  questions: count,
  timeouts: count.describe('without an answer for 5 s'),
  failures: count.describe('timeouts, and answers that are neither NOERROR nor NXDOMAIN'),
  truncated: count.describe('answers cut short'),
  clients: count.describe('services that asked'),
  p50_us: count.nullable().describe('question to answer; null where nothing was answered'),
  p95_us: count.nullable(),
  max_us: count.nullable(),
  answers: z.array(z.string()).describe('some of the addresses in the answers'),
  last: ms.describe('of the newest'),
})
export type DnsGroup = z.infer<typeof dnsGroupSchema>

export const dnsSchema = z.object({
  range: rangeSchema,
  completeness: completenessSchema,
  groups: z.array(dnsGroupSchema).describe('most questions first'),
})
export type DnsAnswer = z.infer<typeof dnsSchema>

/** From this on a clock is told of: less is what a report takes on its way through a busy machine. */
export const CLOCK_NOTICE_MS = 2_000

export const nodeNoticeSchema = z.object({
  code: z.enum(['same-name', 'clock', 'budget', 'limit']),
  problem: z.string().describe('what is wrong, with the names and figures'),
  fix: z.string().describe('what to do'),
})
export type NodeNotice = z.infer<typeof nodeNoticeSchema>

export const nodeTwinSchema = z.object({
  instance: z.string(),
  started: ms,
  last_heard: ms,
  kernel: z.string(),
  addresses: z.array(z.string()).describe('of its machine, as far as they are known'),
})
export type NodeTwin = z.infer<typeof nodeTwinSchema>

export const nodeSchema = z.object({
  cluster: z.string(),
  node: z.string(),
  zone: z.string(),
  region: z.string(),
  instance: z.string(),
  state: z.enum(['live', 'silent', 'stopped']),
  last_heard: ms.describe('Unix ms by the clock of ingest, as `started`'),
  started: ms,
  clock_offset_ms: z
    .number()
    .nullable()
    .describe(
      'what to add to the clock of the node: when ingest had a report less the time in it, the least within a minute; null where it was not measured',
    ),
  twins: z
    .array(nodeTwinSchema)
    .describe('agents that run at once under this name, where there are several; the figures are those of `instance`'),
  notices: z.array(nodeNoticeSchema).describe('what is wrong with this node now, and what to do'),
  version: z.string(),
  kernel: z.string(),
  arch: z.string(),
  profile: z.string(),
  rows_produced: count,
  rows_stored: count,
  rows_dropped: dropped,
  dns_rows_produced: count.describe('of questions to name servers; 0 where an older agent does not tell'),
  dns_rows_stored: count,
  dns_rows_dropped: dropped,
  losses,
  rows_excluded: count.describe('left out by the configuration of its agent; no part of rows_produced'),
  bytes_excluded: count.describe('payload in them'),
  ...agentBudgetSchema.shape,
  cpu_seconds: count.describe('user and system, since its start'),
  cpu_system_seconds: count.describe('of them in the kernel'),
  rss_bytes: count,
  kernel_bytes: count.describe('what the kernel holds for its programs and maps; not in rss_bytes'),
  ring_bytes: count.describe('size of the ring between kernel and agent; 0 where an older agent does not tell'),
  ring_peak_bytes: count.describe('the most that was in it between the last two reports'),
  programs: z
    .array(programRunsSchema)
    .describe(
      'time that others spend in its kernel programs, while the kernel counts it (kernel.bpf_stats_enabled): runs and ns since they were loaded',
    ),
  capabilities: z.array(capabilitySchema),
  listeners: z.array(listenerSchema),
  limits: z.array(limitSchema).describe('what can run out there, the nearest to its limit first'),
})
export type NodeAnswer = z.infer<typeof nodeSchema>

export const nodesSchema = z.object({
  range: rangeSchema,
  completeness: completenessSchema,
  nodes: z.array(nodeSchema),
})
export type NodesAnswer = z.infer<typeof nodesSchema>

export const completenessAnswerSchema = z.object({ range: rangeSchema, completeness: completenessSchema })
export type CompletenessAnswer = z.infer<typeof completenessAnswerSchema>

export const valuesSchema = z.object({ range: rangeSchema, label: z.string(), values: z.array(z.string()) })
export type ValuesAnswer = z.infer<typeof valuesSchema>

/** What the console shows where data is missing: each hint says what is wrong and the command that mends it. */
export const statusSchema = z.object({
  version: z.string(),
  mode: z.enum(['all-in-one', 'fleet']),
  bus: z.enum(['local', 'kafka']),
  store: z.object({ kind: z.enum(['embedded', 'external']), ok: z.boolean(), message: z.string() }),
  agent: z.object({ state: z.enum(['running', 'starting', 'missing', 'failed', 'elsewhere']), message: z.string() }),
  hints: z.array(z.object({ title: z.string(), detail: z.string(), command: z.string().nullable() })),
})
export type StatusAnswer = z.infer<typeof statusSchema>

/** RFC 9457 problem document. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  parameter: z.string().optional(),
})
export type Problem = z.infer<typeof problemSchema>
