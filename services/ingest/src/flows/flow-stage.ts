import {
  type DecodedBatch,
  DecodeError,
  type DeliveredMessage,
  decodeFlowBatch,
  encodeFlowBatch,
  topics,
} from '@headwater/contracts'
import { encodeFlows, StoreError } from '@headwater/store'
import { Inject, Injectable } from '@nestjs/common'
import { DeadLetters } from '../dead-letters/dead-letters.js'
import { IdentityTables } from '../identity/tables.js'
import { BatchLosses } from '../losses/batch-losses.js'
import { EdgeMetrics } from '../metrics/edges/edge-metrics.js'
import { CountedLedger } from '../metrics/edges/ledger.js'
import { IngestLag } from '../metrics/lag.js'
import { Metrics } from '../metrics/metrics.js'
import { DEFAULT_RETENTION_MS, type IngestOptions, OPTIONS } from '../options.js'
import type { Stage } from '../stage.js'
import { StoreWriter } from '../store/writer.js'
import { joinIdentity } from './join.js'
import { takeRows } from './rows.js'
import { StoredSequences } from './sequences.js'
import { type Split, spanOf, splitByTime } from './split.js'

/** The given rows of a batch, in their order. */
function sift(batch: DecodedBatch, chosen: readonly Int32Array[]): DecodedBatch {
  const rows = Int32Array.from(chosen.flatMap((part) => [...part])).sort()
  return { ...batch, rows: rows.length, columns: takeRows(batch.columns, rows) }
}

/** Flow batches: decoded, joined with identity, one Native block and one insert per partition of `flows`. */
@Injectable()
export class FlowStage implements Stage {
  readonly topic = topics.flows
  readonly #stored = new StoredSequences()

  constructor(
    @Inject(OPTIONS) private readonly options: IngestOptions,
    private readonly metrics: Metrics,
    private readonly identity: IdentityTables,
    private readonly writer: StoreWriter,
    private readonly deadLetters: DeadLetters,
    private readonly edges: EdgeMetrics,
    private readonly ledger: CountedLedger,
    private readonly lag: IngestLag,
    private readonly losses: BatchLosses,
  ) {}

  async take(messages: readonly DeliveredMessage[]): Promise<void> {
    for (const message of messages) await this.#takeOne(message)
  }

  async #takeOne(message: DeliveredMessage): Promise<void> {
    let batch: DecodedBatch
    try {
      batch = decodeFlowBatch(message.value)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      await this.#drop(message, error.code, error.message)
      return
    }
    const { instance, sequence } = batch.meta
    this.metrics.rowsIn.inc({ table: 'flows' }, batch.rows)
    for (const column of batch.unknown) this.metrics.columnsUnknown.inc({ column })
    if (this.#stored.has(instance, sequence)) {
      this.metrics.messagesDropped.inc({ topic: this.topic, reason: 'duplicate' })
      this.metrics.rowsDropped.inc({ table: 'flows', reason: 'duplicate' }, batch.rows)
      return
    }
    let stored: readonly BigInt64Array[]
    try {
      stored = await this.#store(batch, message)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      this.lag.end(message.timestamp)
      this.metrics.rowsDropped.inc({ table: 'flows', reason: 'refused-by-store' }, batch.rows)
      await this.#drop(message, 'refused-by-store', error.message)
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
    const split = this.#split(batch)
    for (const [reason, dead] of split.dead) await this.#putRowsAside(batch, message, reason, dead)
    // What is put aside is not learnt from: a row of the future would hold its agent's lease until then.
    const sound = split.dead.size === 0 ? batch : sift(batch, [...split.partitions.values()])
    const joined = joinIdentity(sound, this.identity)
    const { partitions } = sound === batch ? split : this.#split(sound)
    this.lag.begin(message.timestamp)
    const counted = await this.ledger.begin(batch.meta.instance, batch.meta.sequence)
    for (const [partition, chosen] of partitions) {
      const block = chosen.length === sound.rows ? joined : takeRows(joined, chosen)
      // The partition is always in the token: what a later attempt puts aside must not change the token of the rest.
      const token = `${batch.meta.instance}:${batch.meta.sequence}:${partition / 1000}`
      const { instance, sequence } = batch.meta
      const bytes = encodeFlows(block, chosen.length)
      await this.writer.insertBlock('flows', bytes, token, () => ({ instance, sequence, ...spanOf(block.time) }))
      this.metrics.rowsOut.inc({ table: 'flows' }, chosen.length)
      if (counted === undefined) this.metrics.rowsUncounted.inc({}, chosen.length)
      else if (!counted.has(token)) {
        counted.add(token)
        this.edges.count(block, chosen.length)
      }
    }
    this.lag.end(message.timestamp)
    this.metrics.connections.set(this.identity.connections.size)
    return sound.rows === 0 ? [] : [sound.columns.time]
  }

  #split({ columns }: DecodedBatch): Split {
    return splitByTime(columns.time, Date.now(), this.options.retentionMs ?? DEFAULT_RETENTION_MS)
  }

  async #putRowsAside(batch: DecodedBatch, message: DeliveredMessage, reason: string, rows: Int32Array): Promise<void> {
    const value = encodeFlowBatch({ meta: batch.meta, rows: rows.length, columns: takeRows(batch.columns, rows) })
    const detail = `${rows.length} of ${batch.rows} rows of ${batch.meta.instance}, batch ${batch.meta.sequence}`
    await this.deadLetters.put({ message, reason, detail, value })
    this.metrics.rowsDropped.inc({ table: 'flows', reason }, rows.length)
  }

  async #drop(message: DeliveredMessage, reason: string, detail: string): Promise<void> {
    await this.deadLetters.put({ message, reason, detail })
    this.metrics.messagesDropped.inc({ topic: this.topic, reason })
  }
}
