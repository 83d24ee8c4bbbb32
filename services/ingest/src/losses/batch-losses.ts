import { type BatchMeta, BusError } from '@headwater/contracts'
import { lossesRow, StoreError } from '@headwater/store'
import { Inject, Injectable } from '@nestjs/common'
import { spanOf } from '../flows/split.js'
import { Metrics } from '../metrics/metrics.js'
import { type IngestOptions, OPTIONS } from '../options.js'
import { StoreWriter } from '../store/writer.js'

const MAX_INSTANCES = 100_000
/** Time between two rows of one instance and topic: what changes with every batch must not be an insert for each. */
export const KEEP_EVERY_MS = 5_000

/**
 * What batches tell of losses, into `losses`: one row where it has changed. It is cumulative, so that one left out is made up for by a later one; a
 * replica that has just been started writes what another may have written, which changes nothing.
 */
@Injectable()
export class BatchLosses {
  readonly #kept = new Map<string, { told: string; at: number }>()

  constructor(
    @Inject(OPTIONS) private readonly options: IngestOptions,
    private readonly metrics: Metrics,
    private readonly writer: StoreWriter,
  ) {}

  /**
   * Never rejects: the next batch says the same again.
   * @param times of the rows that were stored, the last of which is the row's own @param sent Unix ms; taken where none were
   */
  async keep(topic: 'flows' | 'dns', meta: BatchMeta, times: readonly BigInt64Array[], sent: number): Promise<void> {
    const { instance, sequence, dropped, losses = {} } = meta
    if (Object.keys(dropped).length === 0 && Object.keys(losses).length === 0) return
    const key = `${topic}:${instance}`
    const kept = this.#kept.get(key)
    const now = Date.now()
    if (kept !== undefined && now < kept.at + KEEP_EVERY_MS) return
    const told = JSON.stringify([dropped, losses])
    if (kept?.told === told) return
    const time = times.length === 0 ? sent : Math.max(...times.map((part) => spanOf(part).to))
    try {
      await this.writer.insertRows('losses', [lossesRow(topic, meta, time)], () => `losses:${key}:${sequence}`)
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof BusError)) throw error
      this.options.logger.warn('what an agent lost could not be stored; its next batch tells it again', {
        instance,
        reason: error.message,
      })
      return
    }
    this.metrics.rowsOut.inc({ table: 'losses' })
    // The ones told of last are at the end.
    this.#kept.delete(key)
    this.#kept.set(key, { told, at: now })
    if (this.#kept.size > MAX_INSTANCES) this.#kept.delete(this.#kept.keys().next().value as string)
  }
}
