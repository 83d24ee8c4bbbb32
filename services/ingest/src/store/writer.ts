import { setTimeout as wait } from 'node:timers/promises'
import { BusError } from '@headwater/contracts'
import { type RowsBlock, StoreError } from '@headwater/store'
import { Inject, Injectable } from '@nestjs/common'
import { Metrics } from '../metrics/metrics.js'
import { DEFAULT_PATIENCE_MS, type IngestOptions, OPTIONS } from '../options.js'
import { BlockInsert } from './block-insert.js'
import { ServerWatch } from './server-watch.js'

/** Errors that lie in the block itself: another try cannot help, and other blocks are not concerned. */
const isOfTheBlock = (error: StoreError): boolean =>
  !error.retryable && (error.code === 'refused' || error.code === 'too-large')

/** Writes to the store; waits out its absence for a while, then gives the message back to the bus. */
@Injectable()
export class StoreWriter {
  readonly #stopping = new AbortController()
  readonly #server: ServerWatch
  #failing: string | undefined

  constructor(
    @Inject(OPTIONS) private readonly options: IngestOptions,
    private readonly metrics: Metrics,
  ) {
    this.#server = new ServerWatch(options.store)
  }

  /** What the store last answered with, while it does not take rows. */
  get failing(): string | undefined {
    return this.#failing
  }

  /** No more waiting: inserts under way end, those that would be tried again are given back. */
  hurry(): void {
    this.#stopping.abort()
  }

  /**
   * A block of raw rows. Our own server puts its tables right when it starts after a kill; an outside one is looked after here.
   * @param describe asked only for an outside one
   * @param again false where nobody can have tried this block before
   */
  async insertBlock(
    table: RowsBlock['table'],
    bytes: Uint8Array,
    token: string,
    describe: () => Omit<RowsBlock, 'table' | 'token'>,
    again?: boolean,
  ): Promise<void> {
    const { store, logger } = this.options
    if (!store.outside) {
      await this.#insert(table, () => store.insertNative(table, bytes, { token }))
      return
    }
    const block = { ...describe(), table, token }
    const insert = new BlockInsert(store, this.#server, bytes, block, again)
    await this.#insert(table, () => insert.attempt())
    for (const filled of insert.filled) this.metrics.blocksFilledIn.inc({ table: filled })
    for (const unclear of insert.unclear) {
      this.metrics.blocksUnclear.inc({ table: unclear })
      logger.warn('the store was killed, and whether a table lost a block by that cannot be told', {
        ...block,
        table: unclear,
      })
    }
  }

  /** @param token of each attempt, from 0 */
  insertRows(table: string, rows: readonly object[], token: (attempt: number) => string): Promise<void> {
    let attempt = 0
    return this.#insert(table, () => this.options.store.insertRows(table, rows, { token: token(attempt++) }))
  }

  /** @throws BusError backpressure where the store is away; StoreError where it refuses the block */
  async #insert(table: string, run: () => Promise<void>): Promise<void> {
    const until = Date.now() + (this.options.patienceMs ?? DEFAULT_PATIENCE_MS)
    for (let delay = 50; ; delay = Math.min(delay * 2, 1000)) {
      const end = this.metrics.insertSeconds.startTimer({ table })
      try {
        await run()
        end()
        this.#recovered()
        return
      } catch (error) {
        if (!(error instanceof StoreError) || isOfTheBlock(error)) throw error
        this.metrics.storeRetries.inc({ table, code: error.code })
        this.#failed(error)
        if (this.#stopping.signal.aborted || Date.now() + delay > until) {
          this.metrics.backpressure.inc()
          throw new BusError('backpressure', `the store does not take rows: ${error.message}`, {
            cause: error,
            retryAfterMs: 500,
          })
        }
        await wait(delay, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
      }
    }
  }

  #failed(error: StoreError): void {
    if (this.#failing === undefined)
      this.options.logger.warn('the store does not take rows, trying again until it does', { reason: error.message })
    this.#failing = error.message
  }

  #recovered(): void {
    if (this.#failing !== undefined) this.options.logger.info('the store takes rows again')
    this.#failing = undefined
  }
}
