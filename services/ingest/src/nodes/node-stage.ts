import { type DeliveredMessage, type NodeReport, nodeReportSchema, topics } from '@headwater/contracts'
import { limitRows, listenerRows, nodeRow } from '@headwater/store'
import { Inject, Injectable } from '@nestjs/common'
import { ClockWatch } from '../clock/clock-watch.js'
import { byOurClock, isFarOff, type TimedReport, timed } from '../clock/reports.js'
import { DeadLetters } from '../dead-letters/dead-letters.js'
import { IdentityTables } from '../identity/tables.js'
import { readJson } from '../json/read-json.js'
import { Metrics } from '../metrics/metrics.js'
import { type IngestOptions, OPTIONS } from '../options.js'
import type { Stage } from '../stage.js'
import { tokenOf } from '../store/token.js'
import { StoreWriter } from '../store/writer.js'
import { NodeTwins } from './twins.js'

/** Heartbeats: they extend their instance's lease, and go to `nodes`, `listeners` and `limits`. */
@Injectable()
export class NodeStage implements Stage {
  readonly topic = topics.nodes
  readonly #twins = new NodeTwins()
  readonly #clocks: ClockWatch
  readonly #checks

  constructor(
    @Inject(OPTIONS) private readonly options: IngestOptions,
    private readonly metrics: Metrics,
    private readonly identity: IdentityTables,
    private readonly writer: StoreWriter,
    deadLetters: DeadLetters,
  ) {
    this.#clocks = new ClockWatch(options.logger)
    this.#checks = { schema: nodeReportSchema, metrics, deadLetters }
  }

  async take(messages: readonly DeliveredMessage[]): Promise<void> {
    const reports: TimedReport[] = []
    for (const message of messages) {
      const told = await readJson<NodeReport>(message, this.#checks)
      if (told === undefined) continue
      const report = timed(told, Date.now())
      this.#lookForTwin(report)
      this.#clocks.look(report)
      const { instance, time, started, stopping } = report
      // What it says of when it watched is of no use.
      if (isFarOff(report)) this.metrics.clocksFarOff.inc()
      else if (stopping) this.identity.leases.stop(instance, time, started)
      else this.identity.leases.hear(instance, time, started)
      if (message.broadcast !== true) reports.push(report)
    }
    if (reports.length === 0) return
    // By what the agent told: our own time is another one where the message comes again.
    const keys = reports.map((r) => `${r.instance}:${r.received - r.clock_offset_ms}:${r.stopping}`)
    await this.#insert('nodes', reports.map(nodeRow), keys)
    await this.#insert('listeners', reports.flatMap(listenerRows), keys)
    await this.#insert('limits', reports.flatMap(limitRows), keys)
    this.metrics.messagesOut.inc({ topic: this.topic }, reports.length)
  }

  #lookForTwin(report: TimedReport): void {
    const twin = this.#twins.hear(byOurClock(report))
    if (twin === undefined) return
    const { cluster, node, instance } = report
    this.metrics.nodeTwins.inc()
    this.options.logger.warn('two agents say that they are the same node: give each node a name of its own', {
      cluster,
      node,
      instances: `${twin} ${instance}`,
    })
  }

  async #insert(table: 'nodes' | 'listeners' | 'limits', rows: object[], keys: string[]): Promise<void> {
    await this.writer.insertRows(table, rows, () => tokenOf(table, keys))
    this.metrics.rowsOut.inc({ table }, rows.length)
  }
}
