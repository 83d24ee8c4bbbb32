import { type Chunk, type DecodedBatch, type DeliveredMessage, topics } from '@headwater/contracts'
import { StoreError } from '@headwater/store'
import { Injectable } from '@nestjs/common'
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
  ) {}

  async take(messages: readonly DeliveredMessage[], chunk?: Chunk): Promise<void> {
    if (chunk !== undefined) return this.chunks.take(messages, chunk)
    for (const message of messages) await this.#takeOne(message)
  }

  async #takeOne(message: DeliveredMessage): Promise<void> {
    const batch = await this.intake.decode(message)
    if (batch === undefined) return
    const { instance, sequence } = batch.meta
    if (this.#stored.has(instance, sequence)) {
      this.intake.duplicate(batch)
      return
    }
    let stored: readonly BigInt64Array[]
    try {
      stored = await this.#store(batch, message)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      this.lag.end(message.timestamp)
      await this.intake.refused(batch, message, error.message)
      return
    }
    this.#stored.add(instance, sequence)
    this.ledger.end(instance, sequence)
    await this.losses.keep('flows', batch.meta, stored, message.timestamp)
    this.metrics.messagesOut.inc({ topic: this.topic })
  }

  /** @returns times of the rows that were stored */
  async #store(batch: DecodedBatch, message: DeliveredMessage): Promise<BigInt64Array[]> {
    if (batch.rows === 0) return []
    const { columns, rows, partitions } = await this.intake.join(batch, message)
    this.lag.begin(message.timestamp)
    const { instance, sequence } = batch.meta
    const counted = await this.ledger.begin(instance, sequence)
    for (const [partition, chosen] of partitions) {
      const block = chosen.length === rows ? columns : takeRows(columns, chosen)
      // The partition is always in the token: what a later attempt puts aside must not change the token of the rest.
      const token = `${instance}:${sequence}:${partition / 1000}`
      const batches = [{ instance, sequence }]
      await this.keeper.keep({ columns: block, rows: chosen.length, batches, token }, counted)
    }
    this.lag.end(message.timestamp)
    return rows === 0 ? [] : [columns.time]
  }
}
