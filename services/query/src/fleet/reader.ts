import { capabilitySchema, type NodeAnswer, type NodeTwin } from '@headwater/contracts'
import { Inject, Injectable } from '@nestjs/common'
import { z } from 'zod'
import { Database } from '../sql/database.js'
import {
  type AddressRow,
  addressesStatement,
  type InstanceRow,
  instancesStatement,
  type ListenerRow,
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
    const [{ reports, stored }, listeners, addresses] = await Promise.all([
      this.#reports(shown, twins),
      this.database.rows<ListenerRow>(listenersStatement(shown)),
      doubled.length === 0 ? [] : this.database.rows<AddressRow>(addressesStatement(doubled)),
    ])
    const facts: Facts = {
      reports: new Map(reports.map((r) => [r.instance, r])),
      stored: new Map(stored.map((s) => [s.instance, s.stored])),
      listeners: Map.groupBy(listeners, (l) => l.instance),
      addresses: new Map(addresses.map((a) => [a.instance, a.addresses])),
    }
    return nodes.flatMap((node) => answerOf(node, facts) ?? [])
  }

  async #reports(shown: readonly InstanceRow[], twins: readonly InstanceRow[]) {
    const reports = await this.database.rows<ReportRow>(reportsStatement([...shown, ...twins]))
    return { reports, stored: await this.database.rows<StoredRow>(storedStatement(reports)) }
  }
}

interface Facts {
  reports: ReadonlyMap<string, ReportRow>
  stored: ReadonlyMap<string, number>
  listeners: ReadonlyMap<string, ListenerRow[]>
  addresses: ReadonlyMap<string, string[]>
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
  const { cluster, node, instance, state, last_heard, started, clock_offset_ms } = shown
  const { batches: _, cpu_us, capabilities: text, ...told } = report
  return {
    ...told,
    cluster,
    node,
    state,
    last_heard,
    started,
    clock_offset_ms,
    twins,
    notices: noticesOf(shown, twins),
    rows_stored: facts.stored.get(instance) ?? 0,
    cpu_seconds: cpu_us / 1e6,
    capabilities: capabilities.parse(JSON.parse(text)),
    listeners: (facts.listeners.get(instance) ?? []).map(({ instance: _, ...listener }) => listener),
  }
}
