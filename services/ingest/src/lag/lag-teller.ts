import type { Lagging } from '@headwater/bus'
import { busLagRow } from '@headwater/store'
import { Inject, Injectable } from '@nestjs/common'
import { DEFAULT_LAG_EVERY_MS, type IngestOptions, OPTIONS } from '../options.js'

/** Tells the table `bus_lag` how far this replica is behind on each of its partitions. */
@Injectable()
export class LagTeller {
  #timer: NodeJS.Timeout | undefined
  #telling: Promise<void> | undefined

  constructor(@Inject(OPTIONS) private readonly options: IngestOptions) {}

  start(): void {
    this.#timer ??= setInterval(() => {
      // A store that is slow is not asked twice at once.
      this.#telling ??= this.tell().finally(() => {
        this.#telling = undefined
      })
    }, this.options.lagEveryMs ?? DEFAULT_LAG_EVERY_MS).unref()
  }

  /** What is under way is not waited for: a store that hangs must not hold the stop. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** One insert. Never rejects: what does not get in is told anew the next time. */
  async tell(): Promise<void> {
    const { consumer, replica, store, logger } = this.options
    const time = Date.now()
    const lags = (consumer as Partial<Lagging>).lags?.() ?? []
    const rows = lags.flatMap(({ topic, partitions }) =>
      partitions.map((lag) => busLagRow({ ...lag, time, replica, topic })),
    )
    if (rows.length === 0) return
    try {
      await store.insertRows('bus_lag', rows)
    } catch (error) {
      logger.debug('how far ingest is behind could not be stored', { reason: (error as Error).message })
    }
  }
}
