import {
  type BusMessage,
  batchHeaders,
  encodeFlowBatch,
  inPackingOrder,
  SCHEMA_VERSION,
  topics,
} from '@headwater/contracts'
import { endpointMessages, heartbeat } from './messages.js'
import { NodeColumns } from './node-columns.js'
import { Numbers } from './numbers.js'
import { type FleetOptions, type FleetPlan, planFleet } from './plan.js'
import { Rows } from './rows.js'
import { noTruth, type Truth } from './truth.js'

/** A message with rows, and what of it must come out of the store. */
export interface TrueMessage {
  message: BusMessage
  truth: Truth
}

/** Most rows of one batch, as of an agent. */
const MOST_ROWS = 8192

/**
 * A fleet that is not there: what its agents would send, the same for the same options. Each connection is a row of its client's node and
 * one of its server's, with a serial number each (`cookie`).
 */
export class Fleet {
  readonly plan: FleetPlan
  readonly started: number
  readonly #numbers: Numbers
  readonly #rows: Rows[]
  readonly #produced: { rows: number; batches: number }[]

  /** @param started Unix ms: since when its agents have run */
  constructor(options: FleetOptions & { started?: number } = {}) {
    this.plan = planFleet(options)
    this.started = options.started ?? Date.now()
    this.#numbers = new Numbers((options.seed ?? 1) + 77)
    this.#rows = this.plan.nodes.map((node, n) => new Rows(n, new NodeColumns(node, MOST_ROWS)))
    this.#produced = this.plan.nodes.map(() => ({ rows: 0, batches: 0 }))
  }

  /** Who holds which address, and listens where. */
  endpoints(): BusMessage[] {
    return endpointMessages(this.plan, this.started)
  }

  /** A report of each agent. @param stopping the last one */
  heartbeats(time: number, stopping = false): BusMessage[] {
    return this.plan.nodes.map((node, n) => {
      const produced = this.#produced[n] as { rows: number; batches: number }
      return heartbeat(this.plan, node, { time, started: this.started, stopping, produced })
    })
  }

  /** About so many rows of the time from `from` to `to` (Unix ms), as batches of their nodes. */
  traffic(rows: number, from: number, to: number): TrueMessage[] {
    const out: TrueMessage[] = []
    for (let made = 0; made < rows; ) {
      const edge = this.plan.edges[this.#numbers.below(this.plan.edges.length)] as FleetPlan['edges'][number]
      const [client, server] = [this.#rows[edge.client.node] as Rows, this.#rows[edge.server.node] as Rows]
      for (const rows of [client, server]) if (rows.room < 2) out.push(...this.#flush(rows))
      const time = Math.floor(from) + this.#numbers.below(Math.max(1, to - from))
      made += Rows.call(edge, client, server, time, this.#numbers)
    }
    return out.concat(this.#rows.flatMap((rows) => this.#flush(rows)))
  }

  #flush(rows: Rows): TrueMessage[] {
    if (rows.columns.rows === 0) return []
    const { cluster, region, nodes } = this.plan
    const { name, instance, zone } = nodes[rows.node] as FleetPlan['nodes'][number]
    const produced = this.#produced[rows.node] as { rows: number; batches: number }
    const truth: Truth = { ...rows.truth, batches: 1, rows: rows.columns.rows }
    produced.rows += truth.rows
    const sequence = ++produced.batches
    const who = { instance, cluster, node: name, realm: cluster, zone, region, agent_version: 'simulated' }
    const meta = { ...who, schema_version: SCHEMA_VERSION, sequence, produced: { ...produced }, dropped: {} }
    const columns = inPackingOrder(rows.columns.columns(), truth.rows)
    const value = encodeFlowBatch({ meta, rows: truth.rows, columns })
    const headers = batchHeaders(instance, sequence, truth.rows)
    rows.columns.rows = 0
    rows.truth = noTruth()
    return [{ message: { topic: topics.flows, key: instance, value, headers }, truth }]
  }
}
