import { z } from 'zod'

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

/** State of one listening socket at the time of the report. */
export const listenerSchema = z.object({
  netns: count,
  address: z.string().max(45),
  port: z.number().int().min(1).max(65535),
  pid: count,
  process: name,
  backlog: count,
  backlog_max: count,
  drops: count.describe('cumulative over the socket'),
})
export type Listener = z.infer<typeof listenerSchema>

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
  kernel_records: z.record(z.string().max(64), count).default({}),
  cost: z.object({ cpu_user_us: count, cpu_system_us: count, rss_bytes: count }),
  capabilities: z.array(capabilitySchema).max(256),
  listeners: z.array(listenerSchema).max(4096).default([]),
})
export type NodeReport = z.infer<typeof nodeReportSchema>

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

/** Key of an endpoint on its compacted topic. */
export const endpointKey = (e: EndpointInput): string =>
  JSON.stringify([e.realm, e.node, e.netns, e.transport ?? 'tcp', e.address, e.port, e.valid_from])
