import { arch, release } from 'node:os'
import type { AgentBudget, AgentCost, Capability, Limit, Listener, NodeReport } from '@headwater/contracts'
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
  /** What was lost beside rows, as batches say it. */
  losses: Record<string, number>
  /** Of rows of questions to name servers. */
  dns: { produced: { rows: number; batches: number }; dropped: Record<string, number> }
  excluded: { rows: number; bytes: number }
  /** The probe's counters, and the agent's own with the prefix `agent.`. */
  counters: Record<string, number>
  cost: AgentCost
  budget: AgentBudget
  capabilities: readonly Capability[]
  listeners: Listener[]
  limits: readonly Limit[]
}

const cut = (text: string, length: number): string => text.slice(0, length)
const count = (n: number): number => Math.max(0, Math.floor(Number.isFinite(n) ? n : 0))
const counts = (all: Record<string, number>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(all)
      .slice(0, MAX_COUNTERS)
      .map(([name, n]) => [cut(name, 64), count(n)]),
  )

/** The heartbeat for the nodes topic, within its schema's bounds. */
export function nodeReport(facts: ReportFacts): NodeReport {
  return {
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
    losses: facts.losses,
    dns: { produced: facts.dns.produced, dropped: counts(facts.dns.dropped) },
    excluded: facts.excluded,
    kernel_records: counts(facts.counters),
    cost: facts.cost,
    budget: facts.budget,
    capabilities: facts.capabilities.slice(0, MAX_CAPABILITIES).map((c) => ({
      name: cut(c.name, 64),
      ok: c.ok,
      required: c.required,
      reason: cut(c.reason, 1024),
      lost: cut(c.lost, 512),
      fix: cut(c.fix, 1024),
    })),
    listeners: facts.listeners,
    limits: facts.limits.filter((l) => l.max > 0),
  }
}
