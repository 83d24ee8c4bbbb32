import { type BatchMeta, BusError } from '@headwater/contracts'
import { lossesRow, StoreError } from '@headwater/store'
import { Inject, Injectable } from '@nestjs/common'
import { Metrics } from '../metrics/metrics.js'
import { type IngestOptions, OPTIONS } from '../options.js'
import { spanOf } from '../rows/split.js'
import { tokenOf } from '../store/token.js'
import { StoreWriter } from '../store/writer.js'

const MAX_INSTANCES = 100_000
/** Time between two rows of one instance and topic: what changes with every batch must not be an insert for each. */
export const KEEP_EVERY_MS = 5_000

/** What a batch tells, once its rows are stored. */
export interface Told {
  meta: BatchMeta
  /** Of the rows that were stored, the last of which is the time of what it tells. */
  times: readonly BigInt64Array[]
  /** Unix ms; taken where there are none. */
  sent: number
}

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

  /** The same of one batch. */
  keep(topic: 'flows' | 'dns', meta: BatchMeta, times: readonly BigInt64Array[], sent: number): Promise<void> {
    return this.keepAll(topic, [{ meta, times, sent }])
  }

  /** One insert for all of them. Never rejects: the next batches say the same again. */
  async keepAll(topic: 'flows' | 'dns', batches: readonly Told[]): Promise<void> {
    const now = Date.now()
    // The last of an instance says what those before it said.
    const news = new Map<string, { told: string; batch: Told }>()
    for (const batch of batches) {
      const key = `${topic}:${batch.meta.instance}`
      const told = this.#newsOf(key, batch.meta, now)
      if (told !== undefined) news.set(key, { told, batch })
    }
    if (news.size === 0) return
    const rows = [...news.values()].map(({ batch: { meta, times, sent } }) =>
      lossesRow(topic, meta, times.length === 0 ? sent : Math.max(...times.map((part) => spanOf(part).to))),
    )
    const keys = [...news].map(([key, { batch }]) => `${key}:${batch.meta.sequence}`)
    try {
      await this.writer.insertRows('losses', rows, () => tokenOf('losses', keys))
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof BusError)) throw error
      this.options.logger.warn('what agents lost could not be stored; their next batches tell it again', {
        instances: [...news.values()].map(({ batch }) => batch.meta.instance),
        reason: error.message,
      })
      return
    }
    this.metrics.rowsOut.inc({ table: 'losses' }, rows.length)
    for (const [key, { told }] of news) this.#remember(key, told, now)
  }

  /** @returns undefined where there is nothing to tell, or not yet */
  #newsOf(key: string, { dropped, losses = {} }: BatchMeta, now: number): string | undefined {
    if (Object.keys(dropped).length === 0 && Object.keys(losses).length === 0) return undefined
    const kept = this.#kept.get(key)
    if (kept !== undefined && now < kept.at + KEEP_EVERY_MS) return undefined
    const told = JSON.stringify([dropped, losses])
    return kept?.told === told ? undefined : told
  }

  #remember(key: string, told: string, at: number): void {
    // The ones told of last are at the end.
    this.#kept.delete(key)
    this.#kept.set(key, { told, at })
    if (this.#kept.size > MAX_INSTANCES) this.#kept.delete(this.#kept.keys().next().value as string)
  }
}
