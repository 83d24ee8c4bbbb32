import { type DeliveredMessage, type NodeReport, nodeReportSchema, topics } from '@headwater/contracts'
import { listenerRows, nodeRow } from '@headwater/store'
import { Inject, Injectable } from '@nestjs/common'
import { aheadOfClock } from '../clock/clock.js'
import { DeadLetters } from '../dead-letters/dead-letters.js'
import { IdentityTables } from '../identity/tables.js'
import { readJson } from '../json/read-json.js'
import { Metrics } from '../metrics/metrics.js'
import { type IngestOptions, OPTIONS } from '../options.js'
import type { Stage } from '../stage.js'
import { tokenOf } from '../store/token.js'
import { StoreWriter } from '../store/writer.js'
import { NodeTwins } from './twins.js'

/** Heartbeats: they extend their instance's lease, and go to `nodes` and `listeners`. */
@Injectable()
export class NodeStage implements Stage {
  readonly topic = topics.nodes
  readonly #twins = new NodeTwins()
  readonly #checks

  constructor(
    @Inject(OPTIONS) private readonly options: IngestOptions,
    private readonly metrics: Metrics,
    private readonly identity: IdentityTables,
    private readonly writer: StoreWriter,
    deadLetters: DeadLetters,
  ) {
    const ahead = ({ node, time, started }: NodeReport) =>
      aheadOfClock(`the report of node ${node}`, Math.max(time, started))
    this.#checks = { schema: nodeReportSchema, metrics, deadLetters, ahead }
  }

  async take(messages: readonly DeliveredMessage[]): Promise<void> {
    const reports: NodeReport[] = []
    for (const message of messages) {
      const report = await readJson<NodeReport>(message, this.#checks)
      if (report === undefined) continue
      this.#lookForTwin(report)
      const { instance, time, started, stopping } = report
      if (stopping) this.identity.leases.stop(instance, time, started)
      else this.identity.leases.hear(instance, time, started)
      if (message.broadcast !== true) reports.push(report)
    }
    if (reports.length === 0) return
    const keys = reports.map(({ instance, time, stopping }) => `${instance}:${time}:${stopping}`)
    await this.#insert('nodes', reports.map(nodeRow), keys)
    await this.#insert('listeners', reports.flatMap(listenerRows), keys)
    this.metrics.messagesOut.inc({ topic: this.topic }, reports.length)
  }

  #lookForTwin(report: NodeReport): void {
    const twin = this.#twins.hear(report)
    if (twin === undefined) return
    const { cluster, node, instance } = report
    this.metrics.nodeTwins.inc()
    this.options.logger.warn('two agents say that they are the same node: give each node a name of its own', {
      cluster,
      node,
      instances: `${twin} ${instance}`,
    })
  }

  async #insert(table: 'nodes' | 'listeners', rows: object[], keys: string[]): Promise<void> {
    await this.writer.insertRows(table, rows, { token: tokenOf(table, keys) })
    this.metrics.rowsOut.inc({ table }, rows.length)
  }
}
