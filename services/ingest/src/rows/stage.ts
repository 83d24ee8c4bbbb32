import { BusError, type Chunk, type DeliveredMessage, type Topic } from '@headwater/contracts'
import { LeftOut } from '../dead-letters/left-out.js'
import type { CountedLedger } from '../metrics/edges/ledger.js'
import type { Stage } from '../stage.js'
import { ChunkStore } from './chunk-store.js'
import type { Intake, Joined } from './intake.js'
import { StoredSequences } from './sequences.js'
import type { StageParts } from './stage-parts.js'
import type { Keeper, RowsBatch } from './table.js'

/**
 * Batches of raw rows: decoded, completed, stored. Where the bus keeps messages together, all of a chunk as one Native block and one insert
 * for each partition of the table; else each batch by itself, with a token that is its own.
 */
export class RowsStage<B extends RowsBatch, C extends { time: BigInt64Array }, S> implements Stage {
  readonly #stored = new StoredSequences()
  readonly #chunks: ChunkStore<B, C, S>

  constructor(
    private readonly intake: Intake<B, C, S>,
    private readonly keeper: Keeper<C>,
    private readonly ledger: CountedLedger,
    private readonly parts: StageParts,
  ) {
    this.#chunks = new ChunkStore(intake, keeper, ledger, parts)
  }

  get topic(): Topic {
    return this.intake.table.topic
  }

  async take(messages: readonly DeliveredMessage[], chunk?: Chunk): Promise<void> {
    if (chunk !== undefined) return this.#chunks.take(messages, chunk)
    for (const message of messages) await this.#takeOne(message)
  }

  async #takeOne(message: DeliveredMessage): Promise<void> {
    const { metrics, lag, losses } = this.parts
    const out = new LeftOut()
    lag.begin(message)
    const batch = this.intake.decode(message, out)
    const times = batch === undefined ? undefined : await this.#tryOne(batch, message, out)
    // Before it is known as stored: what is not put aside now comes again.
    await this.parts.settle(out)
    lag.end(message)
    if (batch === undefined || times === undefined) return
    const { instance, sequence } = batch.meta
    // One of which nothing is stored may be replayed under its sequence.
    if (times.length > 0) this.#stored.add(instance, sequence)
    this.ledger.end(instance, sequence)
    await losses.keep(this.intake.table.name, batch.meta, times, message.timestamp)
    metrics.messagesOut.inc({ topic: this.topic })
  }

  /** @returns times of the rows that are in the store; undefined where the batch was left out */
  async #tryOne(batch: B, message: DeliveredMessage, out: LeftOut): Promise<BigInt64Array[] | undefined> {
    const { instance, sequence } = batch.meta
    const copy = this.#stored.copies(instance, sequence)
    if (copy !== undefined) {
      this.intake.duplicate(batch, message, out, copy)
      out.count(() => this.#stored.addCopy(instance, sequence))
      return undefined
    }
    if (batch.rows === 0) return []
    const joined = this.intake.join(batch, message, out, Date.now())
    if (joined === undefined) return undefined
    // When it comes again, a row may have come due: it would be in a block whose token the store knows, and in no letter.
    await this.parts.putAside(out)
    return this.#store(joined, message, out)
  }

  async #store(joined: Joined<B, C>, message: DeliveredMessage, out: LeftOut): Promise<BigInt64Array[] | undefined> {
    const { columns, rows, partitions, batch } = joined
    const { table } = this.intake
    const { instance, sequence } = batch.meta
    const counted = await this.ledger.begin(instance, sequence)
    const times: BigInt64Array[] = []
    let whole = false
    for (const [partition, chosen] of partitions) {
      const part = { columns: chosen.length === rows ? columns : table.take(columns, chosen), rows: chosen.length }
      // The partition is always in the token: what a later attempt puts aside must not change the token of the rest.
      const token = `${table.tokenPrefix}${instance}:${sequence}:${partition / 1000}`
      try {
        const isNew = await this.keeper.keep(
          { ...part, parts: [part], batches: [{ instance, sequence }], token },
          counted,
        )
        out.count(() => this.#kept(part.rows, isNew))
        times.push(part.columns.time)
      } catch (error) {
        if (error instanceof BusError) throw error
        whole = this.intake.refused(joined, chosen, message, error as Error, out)
      }
    }
    return whole ? undefined : times
  }

  #kept(rows: number, isNew: boolean): void {
    const { rowsOut, rowsDropped } = this.parts.metrics
    const table = this.intake.table.name
    if (isNew) rowsOut.inc({ table }, rows)
    else rowsDropped.inc({ table, reason: 'duplicate' }, rows)
  }
}
