import { capabilitySchema, type NodeAnswer, type NodeTwin } from '@headwater/contracts'
import { Inject, Injectable } from '@nestjs/common'
import { z } from 'zod'
import { Database } from '../sql/database.js'
import {
  type AddressRow,
  addressesStatement,
  type BatchLossRow,
  batchLossesStatement,
  type InstanceRow,
  instancesStatement,
  type LimitRow,
  type ListenerRow,
  limitsStatement,
  listenersStatement,
  type ReportRow,
  reportsStatement,
  type StoredRow,
  storedStatement,
} from '../sql/nodes.js'
import type { TimeRange } from '../time/range.js'
import { type NodeInstances, nodesOf } from './instances.js'
import { noticesOf } from './notices.js'

const capabilities = z.array(capabilitySchema)

/** The nodes of the fleet, each by the agent that runs there. */
@Injectable()
export class FleetReader {
  constructor(@Inject(Database) private readonly database: Database) {}

  async of(range: TimeRange): Promise<NodeAnswer[]> {
    const nodes = nodesOf(await this.database.rows<InstanceRow>(instancesStatement(range)))
    if (nodes.length === 0) return []
    const shown = nodes.map((n) => n.shown)
    const twins = nodes.flatMap((n) => n.twins.filter((t) => t !== n.shown))
    const doubled = nodes.flatMap((n) => n.twins.map((t) => t.instance))
    const [{ reports, stored, dnsStored }, lost, listeners, limits, addresses] = await Promise.all([
      this.#reports(shown, twins),
      this.database.rows<BatchLossRow>(batchLossesStatement(shown, range.to)),
      this.database.rows<ListenerRow>(listenersStatement(shown)),
      this.database.rows<LimitRow>(limitsStatement(shown)),
      doubled.length === 0 ? [] : this.database.rows<AddressRow>(addressesStatement(doubled)),
    ])
    const facts: Facts = {
      reports: new Map(reports.map((r) => [r.instance, r])),
      stored: new Map(stored.map((s) => [s.instance, s.stored])),
      dnsStored: new Map(dnsStored.map((s) => [s.instance, s.stored])),
      lost: new Map(lost.map((l) => [l.instance, l])),
      listeners: Map.groupBy(listeners, (l) => l.instance),
      limits: Map.groupBy(limits, (l) => l.instance),
      addresses: new Map(addresses.map((a) => [a.instance, a.addresses])),
    }
    return nodes.flatMap((node) => answerOf(node, facts) ?? [])
  }

  async #reports(shown: readonly InstanceRow[], twins: readonly InstanceRow[]) {
    const reports = await this.database.rows<ReportRow>(reportsStatement([...shown, ...twins]))
    const [stored, dnsStored] = await Promise.all(
      (['flows', 'dns'] as const).map((topic) => this.database.rows<StoredRow>(storedStatement(topic, reports))),
    )
    return { reports, stored: stored ?? [], dnsStored: dnsStored ?? [] }
  }
}

interface Facts {
  reports: ReadonlyMap<string, ReportRow>
  stored: ReadonlyMap<string, number>
  dnsStored: ReadonlyMap<string, number>
  lost: ReadonlyMap<string, BatchLossRow>
  listeners: ReadonlyMap<string, ListenerRow[]>
  limits: ReadonlyMap<string, LimitRow[]>
  addresses: ReadonlyMap<string, string[]>
}

/** Of counts that only go up, told twice, the later ones. */
function most(a: Record<string, number>, b: Record<string, number> = {}): Record<string, number> {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return Object.fromEntries(Array.from(names, (name) => [name, Math.max(a[name] ?? 0, b[name] ?? 0)]))
}

function answerOf({ shown, twins: others }: NodeInstances, facts: Facts): NodeAnswer | undefined {
  const report = facts.reports.get(shown.instance)
  // Dropped by the disk cap between two statements.
  if (report === undefined) return undefined
  const twins = others.map(
    ({ instance, started, last_heard }): NodeTwin => ({
      instance,
      started,
      last_heard,
      kernel: facts.reports.get(instance)?.kernel ?? '',
      addresses: facts.addresses.get(instance) ?? [],
    }),
  )
  const limits = (facts.limits.get(shown.instance) ?? []).map(({ instance: _, ...limit }) => limit)
  const lost = facts.lost.get(shown.instance)
  const { cluster, node, instance, state, last_heard, started, clock_offset_ms } = shown
  const {
    batches: _,
    dns_batches: __,
    cpu_us,
    cpu_system_us,
    program_runs,
    program_run_ns,
    capabilities: text,
    ...told
  } = report
  return {
    ...told,
    cluster,
    node,
    state,
    last_heard,
    started,
    clock_offset_ms,
    twins,
    notices: noticesOf(shown, twins, report, limits),
    rows_stored: facts.stored.get(instance) ?? 0,
    dns_rows_stored: facts.dnsStored.get(instance) ?? 0,
    rows_dropped: most(report.rows_dropped, lost?.rows_dropped),
    dns_rows_dropped: most(report.dns_rows_dropped, lost?.dns_rows_dropped),
    losses: most(report.losses, lost?.losses),
    cpu_seconds: cpu_us / 1e6,
    cpu_system_seconds: cpu_system_us / 1e6,
    programs: Object.entries(program_runs).map(([name, runs]) => ({ name, runs, run_ns: program_run_ns[name] ?? 0 })),
    capabilities: capabilities.parse(JSON.parse(text)),
    limits,
    listeners: (facts.listeners.get(instance) ?? []).map(({ instance: _, ...listener }) => listener),
  }
}
