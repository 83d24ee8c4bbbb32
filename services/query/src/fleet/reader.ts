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
  type StoredRow,
  storedStatement,
} from '../sql/nodes.js'
import type { TimeRange } from '../time/range.js'
import { nodesOf } from './instances.js'
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
    const twins = nodes.flatMap((n) => n.twins.map((t) => t.instance))
    const [listeners, stored, addresses] = await Promise.all([
      this.database.rows<ListenerRow>(listenersStatement(shown)),
      this.database.rows<StoredRow>(storedStatement(shown)),
      twins.length === 0 ? [] : this.database.rows<AddressRow>(addressesStatement(twins)),
    ])
    const listenersBy = Map.groupBy(listeners, (l) => l.instance)
    const storedBy = new Map(stored.map((s) => [s.instance, s.stored]))
    const addressesBy = new Map(addresses.map((a) => [a.instance, a.addresses]))
    return nodes.map(({ shown, twins: others }) => {
      const { cpu_us, capabilities: text, batches: _, reported: __, last_sent: ___, ...row } = shown
      const twins = others.map(
        ({ instance, started, last_heard, kernel }): NodeTwin => ({
          instance,
          started,
          last_heard,
          kernel,
          addresses: addressesBy.get(instance) ?? [],
        }),
      )
      return {
        ...row,
        twins,
        notices: noticesOf(shown, twins),
        rows_stored: storedBy.get(row.instance) ?? 0,
        cpu_seconds: cpu_us / 1e6,
        capabilities: capabilities.parse(JSON.parse(text)),
        listeners: (listenersBy.get(row.instance) ?? []).map(({ instance: _, ...listener }) => listener),
      }
    })
  }
}
