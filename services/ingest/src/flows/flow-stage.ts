import { BusError, type Chunk, type DecodedBatch, type DeliveredMessage, topics } from '@headwater/contracts'
import { Injectable } from '@nestjs/common'
import { DeadLetters } from '../dead-letters/dead-letters.js'
import { LeftOut } from '../dead-letters/left-out.js'
import { LeftOutKeeper } from '../dead-letters/left-out-keeper.js'
import { BatchLosses } from '../losses/batch-losses.js'
import { CountedLedger } from '../metrics/edges/ledger.js'
import { IngestLag } from '../metrics/lag.js'
import { Metrics } from '../metrics/metrics.js'
import type { Stage } from '../stage.js'
import { BlockKeeper } from './block-keeper.js'
import { ChunkStore } from './chunk-store.js'
import { FlowIntake } from './flow-intake.js'
import { takeRows } from './rows.js'
import { StoredSequences } from './sequences.js'

/**
 * Flow batches: decoded, joined with identity, stored. Where the bus keeps messages together, all of a chunk as one Native block and one insert
 * for each partition of `flows`; else each batch by itself, with a token that is its own.
 */
@Injectable()
export class FlowStage implements Stage {
  readonly topic = topics.flows
  readonly #stored = new StoredSequences()

  constructor(
    private readonly intake: FlowIntake,
    private readonly chunks: ChunkStore,
    private readonly metrics: Metrics,
    private readonly keeper: BlockKeeper,
    private readonly ledger: CountedLedger,
    private readonly lag: IngestLag,
    private readonly losses: BatchLosses,
    private readonly deadLetters: DeadLetters,
    private readonly leftOut: LeftOutKeeper,
  ) {}

  async take(messages: readonly DeliveredMessage[], chunk?: Chunk): Promise<void> {
    if (chunk !== undefined) return this.chunks.take(messages, chunk)
    for (const message of messages) await this.#takeOne(message)
  }

  async #takeOne(message: DeliveredMessage): Promise<void> {
    const out = new LeftOut()
    const batch = this.intake.decode(message, out)
    const times = batch === undefined ? undefined : await this.#tryOne(batch, message, out)
    // Before it is known as stored: what is not put aside now comes again.
    await out.settle(this.deadLetters, this.leftOut)
    if (batch === undefined || times === undefined) return
    const { instance, sequence } = batch.meta
    // One of which nothing is stored may be replayed under its sequence.
    if (times.length > 0) this.#stored.add(instance, sequence)
    this.ledger.end(instance, sequence)
    await this.losses.keep('flows', batch.meta, times, message.timestamp)
    this.metrics.messagesOut.inc({ topic: this.topic })
  }

  /** @returns times of the rows that were stored; undefined where the batch was left out */
  async #tryOne(batch: DecodedBatch, message: DeliveredMessage, out: LeftOut): Promise<BigInt64Array[] | undefined> {
    const { instance, sequence } = batch.meta
    const copy = this.#stored.copies(instance, sequence)
    if (copy !== undefined) {
      this.intake.duplicate(batch, message, out, copy)
      out.count(() => this.#stored.addCopy(instance, sequence))
      return undefined
    }
    return this.#store(batch, message, out)
  }

  async #store(batch: DecodedBatch, message: DeliveredMessage, out: LeftOut): Promise<BigInt64Array[] | undefined> {
    if (batch.rows === 0) return []
    const joined = this.intake.join(batch, message, out, Date.now())
    if (joined === undefined) return undefined
    // When it comes again, a row may have come due: it would be in a block whose token the store knows, and in no letter.
    await out.putAside(this.deadLetters)
    const { columns, rows, partitions } = joined
    this.lag.begin(message)
    const { instance, sequence } = batch.meta
    const counted = await this.ledger.begin(instance, sequence)
    const times: BigInt64Array[] = []
    let whole = false
    for (const [partition, chosen] of partitions) {
      const block = chosen.length === rows ? columns : takeRows(columns, chosen)
      // The partition is always in the token: what a later attempt puts aside must not change the token of the rest.
      const token = `${instance}:${sequence}:${partition / 1000}`
      const batches = [{ instance, sequence }]
      try {
        await this.keeper.keep({ columns: block, rows: chosen.length, batches, token }, counted)
        times.push(block.time)
      } catch (error) {
        if (error instanceof BusError) throw error
        whole = this.intake.refused(joined, chosen, message, error as Error, out)
      }
    }
    this.lag.end(message)
    return whole ? undefined : times
  }
}
