import { z } from 'zod'
import { lossesSchema } from '../flow/batch.js'

const count = z.number().int().nonnegative()
const name = z.string().max(253)
const time = z.number().int().nonnegative().describe('Unix ms')

/** One kernel program or privilege of an agent: works or not, why not in the kernel's words, and what is lost by it. */
export const capabilitySchema = z.object({
  name: z.string().max(64),
  ok: z.boolean(),
  required: z.boolean().default(false),
  reason: z.string().max(1024).default(''),
  lost: z.string().max(512).default(''),
  fix: z.string().max(1024).default(''),
})
export type Capability = z.infer<typeof capabilitySchema>

/** State of one listening socket at the time of the report. With SO_REUSEPORT several share an address and port, each with a queue. */
export const listenerSchema = z.object({
  cookie: z.string().max(20).default('0').describe('socket cookie, decimal: one socket on one boot of the node'),
  netns: count,
  address: z.string().max(45),
  port: z.number().int().min(1).max(65535),
  pid: count,
  process: name,
  backlog: count.describe('connections that wait for accept'),
  backlog_max: count.describe('how many may wait'),
  handshakes: count.default(0).describe('handshakes under way'),
  drops: count.describe('SYNs and handshakes refused, cumulative over the socket'),
  overflows: count
    .default(0)
    .describe('of them those since the agent met the socket whose reports found its queue full'),
})
export type Listener = z.infer<typeof listenerSchema>

/** A kernel program that ran while somebody had the kernel's BPF statistics on; cumulative over that time. */
export const programRunsSchema = z.object({ name: z.string().max(64), runs: count, run_ns: count })
export type ProgramRuns = z.infer<typeof programRunsSchema>

/** What an agent takes of its node. CPU: of its process with all its threads, so of its walks too; cumulative. */
export const agentCostSchema = z.object({
  cpu_user_us: count,
  cpu_system_us: count,
  rss_bytes: count,
  ring_bytes: count.default(0).describe('size of the ring between kernel and agent'),
  ring_peak_bytes: count
    .default(0)
    .describe('the most that was in it as the agent came to read, since the report before'),
  kernel_bytes: count.default(0).describe('what the kernel holds for its programs and maps'),
  programs: z
    .array(programRunsSchema)
    .max(64)
    .default([])
    .describe(
      'time that others spend in its programs; empty where the kernel does not count it (kernel.bpf_stats_enabled)',
    ),
})
export type AgentCost = z.infer<typeof agentCostSchema>

/** What an agent may take, and what it does without to stay within. */
export const agentBudgetSchema = z.object({
  cpu_budget: z.number().nonnegative().default(0).describe('share of one core that it may take; 0: any'),
  cpu_used: z.number().nonnegative().default(0).describe('share of one core over its last window, 30 s'),
  walk_interval_ms: count.default(0).describe('time between two looks at what lives on; 0: not told'),
  given_up: z.array(z.string().max(128)).max(64).default([]).describe('what it does without, the first given up first'),
})
export type AgentBudget = z.infer<typeof agentBudgetSchema>

/** Something of a node's kernel that can run out, at the time of the report. */
export const limitSchema = z.object({
  kind: z
    .string()
    .max(32)
    .describe(
      'ports: those that the kernel chooses from (net.ipv4.ip_local_port_range), by local address; conntrack: connections that netfilter follows; tcp-memory, udp-memory: buffers of all sockets, in bytes',
    ),
  netns: count.describe('network namespace (inode); of memory, which is the machine’s, that of the agent'),
  address: z
    .string()
    .max(45)
    .default('')
    .describe('of ports; empty: of all addresses together at most, where that is a tenth or less'),
  used: count,
  max: count,
})
export type Limit = z.infer<typeof limitSchema>
/** From this part on a limit is told of as near. */
export const LIMIT_NEAR = 0.8

/** Heartbeat of an agent on the nodes topic (key: instance). Counters are cumulative over the instance. */
export const nodeReportSchema = z.object({
  instance: z.string().min(1).max(64),
  cluster: name.min(1),
  node: name.min(1),
  realm: name.min(1),
  zone: name.default(''),
  region: name.default(''),
  time,
  started: time,
  stopping: z.boolean().default(false).describe('true on the last report of a clean stop'),
  interval_ms: count.describe('time to the next report'),
  version: z.string().max(64),
  kernel: z.string().max(128),
  arch: z.string().max(32),
  profile: z.string().max(32).default('standard'),
  produced: z.object({ rows: count, batches: count }),
  dropped: z.record(z.string().max(64), count).default({}),
  losses: lossesSchema.default({}).describe('what else was lost, by name, as batches say it'),
  dns: z
    .object({
      produced: z.object({ rows: count, batches: count }),
      dropped: z.record(z.string().max(64), count).default({}),
    })
    .optional()
    .describe('the same two of rows of questions to name servers; absent in reports of agents that do not tell'),
  excluded: z
    .object({ rows: count, bytes: count })
    .default({ rows: 0, bytes: 0 })
    .describe('left out by the agent’s configuration: rows, and payload in them; no part of produced'),
  kernel_records: z.record(z.string().max(64), count).default({}),
  cost: agentCostSchema,
  budget: agentBudgetSchema.prefault({}),
  capabilities: z.array(capabilitySchema).max(256),
  listeners: z.array(listenerSchema).max(4096).default([]),
  limits: z.array(limitSchema).max(1024).default([]),
})
export type NodeReport = z.infer<typeof nodeReportSchema>
/** A report as it is written: what has a default may be left out. */
export type NodeReportInput = z.input<typeof nodeReportSchema>

/**
 * Who holds an address (or address and port) from `valid_from` on. Key: realm, address, port, valid_from.
 * `node-address`: port 0, the address is the node's, in that netns. `listener`: a process listens there.
 * Addresses of loopback hold only within their node and netns.
 */
export const endpointSchema = z.object({
  kind: z.enum(['node-address', 'listener']),
  realm: name.min(1),
  cluster: name.min(1),
  node: name.min(1),
  instance: z.string().min(1).max(64),
  netns: count,
  transport: z.enum(['tcp', 'udp']).default('tcp'),
  address: z.string().max(45),
  port: z.number().int().min(0).max(65535),
  pid: count.default(0),
  process: name.default(''),
  process_start: time.default(0).describe('Unix ms; 0 where unknown'),
  service: name.default('').describe('service of that process; empty where nobody is known'),
  service_source: z.string().max(16).default(''),
  namespace: name.default(''),
  unit: name.default(''),
  container_id: z.string().max(128).default(''),
  container_name: name.default(''),
  container_image: z.string().max(512).default(''),
  labels: z
    .record(z.string().max(128), z.string().max(256))
    .default({})
    .describe('labels of the container, as its runtime tells them'),
  zone: name.default(''),
  region: name.default(''),
  valid_from: time,
  valid_to: time.nullable().default(null),
})
export type Endpoint = z.infer<typeof endpointSchema>
/** An endpoint as it is written: what has a default may be left out. */
export type EndpointInput = z.input<typeof endpointSchema>
