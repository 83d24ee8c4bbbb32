import { arch, release } from 'node:os'
import { type Capability, type Listener, type NodeReport, nodeReportSchema } from '@headwater/contracts'
import type { NodeIdentity } from '../identity/node-identity.js'

const MAX_CAPABILITIES = 256
const MAX_COUNTERS = 256

/** What a report says of the agent at one moment; counters are cumulative over the instance. */
export interface ReportFacts {
  identity: NodeIdentity
  instance: string
  version: string
  profile: string
  /** Unix ms. */
  started: number
  /** Unix ms. */
  time: number
  /** Time to the next report. */
  intervalMs: number
  stopping: boolean
  produced: { rows: number; batches: number }
  dropped: Record<string, number>
  /** The probe's counters, and the agent's own with the prefix `agent.`. */
  counters: Record<string, number>
  capabilities: readonly Capability[]
  listeners: Listener[]
}

const cut = (text: string, length: number): string => text.slice(0, length)
const count = (n: number): number => Math.max(0, Math.floor(Number.isFinite(n) ? n : 0))
const counts = (all: Record<string, number>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(all)
      .slice(0, MAX_COUNTERS)
      .map(([name, n]) => [cut(name, 64), count(n)]),
  )

/** The heartbeat for the nodes topic, with what the agent itself costs: CPU since its process began, memory now. */
export function nodeReport(facts: ReportFacts): NodeReport {
  const cpu = process.cpuUsage()
  return nodeReportSchema.parse({
    ...facts.identity,
    instance: facts.instance,
    time: Math.floor(facts.time),
    started: Math.floor(facts.started),
    stopping: facts.stopping,
    interval_ms: facts.intervalMs,
    version: cut(facts.version, 64),
    kernel: cut(release(), 128),
    arch: cut(arch(), 32),
    profile: cut(facts.profile, 32),
    produced: facts.produced,
    dropped: counts(facts.dropped),
    kernel_records: counts(facts.counters),
    cost: { cpu_user_us: cpu.user, cpu_system_us: cpu.system, rss_bytes: process.memoryUsage.rss() },
    capabilities: facts.capabilities.slice(0, MAX_CAPABILITIES).map((c) => ({
      name: cut(c.name, 64),
      ok: c.ok,
      required: c.required,
      reason: cut(c.reason, 1024),
      lost: cut(c.lost, 512),
      fix: cut(c.fix, 1024),
    })),
    listeners: facts.listeners,
  })
}
