import {
  type AllColumns,
  type DecodedBatch,
  DecodeError,
  type DeliveredMessage,
  decodeFlowBatch,
  encodeFlowBatch,
  heap,
  type Memory,
  topics,
} from '@headwater/contracts'
import { Inject, Injectable } from '@nestjs/common'
import { DeadLetters } from '../dead-letters/dead-letters.js'
import { IdentityTables } from '../identity/tables.js'
import { Metrics } from '../metrics/metrics.js'
import { DEFAULT_RETENTION_MS, type IngestOptions, OPTIONS } from '../options.js'
import { joinIdentity } from './join.js'
import { takeRows } from './rows.js'
import { type Split, splitByTime } from './split.js'

/** The rows of a batch that can be stored, with who is who, and which of them go into which partition of `flows`. */
export interface Joined {
  columns: AllColumns
  rows: number
  partitions: Split['partitions']
}

/** The given rows of a batch, in their order. */
function sift(batch: DecodedBatch, chosen: readonly Int32Array[]): DecodedBatch {
  const rows = Int32Array.from(chosen.flatMap((part) => [...part])).sort()
  return { ...batch, rows: rows.length, columns: takeRows(batch.columns, rows) }
}

/** What becomes of a flow message before it is stored: decoded, rid of rows of the wrong time, joined with identity. */
@Injectable()
export class FlowIntake {
  constructor(
    @Inject(OPTIONS) private readonly options: IngestOptions,
    private readonly metrics: Metrics,
    private readonly identity: IdentityTables,
    private readonly deadLetters: DeadLetters,
  ) {}

  /** @returns undefined where it is none, and was put aside */
  async decode(message: DeliveredMessage): Promise<DecodedBatch | undefined> {
    try {
      const batch = decodeFlowBatch(message.value)
      this.metrics.rowsIn.inc({ table: 'flows' }, batch.rows)
      for (const column of batch.unknown) this.metrics.columnsUnknown.inc({ column })
      return batch
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      await this.drop(message, error.code, error.message)
      return undefined
    }
  }

  /** Counts a batch that is in the store already. */
  duplicate(batch: DecodedBatch): void {
    this.metrics.messagesDropped.inc({ topic: topics.flows, reason: 'duplicate' })
    this.metrics.rowsDropped.inc({ table: 'flows', reason: 'duplicate' }, batch.rows)
  }

  /** @param memory of the columns that it makes */
  async join(batch: DecodedBatch, message: DeliveredMessage, memory: Memory = heap): Promise<Joined> {
    const split = this.#split(batch)
    for (const [reason, dead] of split.dead) await this.#putRowsAside(batch, message, reason, dead)
    // What is put aside is not learnt from: a row of the future would hold its agent's lease until then.
    const sound = split.dead.size === 0 ? batch : sift(batch, [...split.partitions.values()])
    const columns = joinIdentity(sound, this.identity, memory)
    this.metrics.connections.set(this.identity.connections.size)
    return { columns, rows: sound.rows, partitions: (sound === batch ? split : this.#split(sound)).partitions }
  }

  /** Puts aside a batch that the store refuses. */
  async refused(batch: DecodedBatch, message: DeliveredMessage, why: string): Promise<void> {
    this.metrics.rowsDropped.inc({ table: 'flows', reason: 'refused-by-store' }, batch.rows)
    await this.drop(message, 'refused-by-store', why)
  }

  async drop(message: DeliveredMessage, reason: string, detail: string): Promise<void> {
    await this.deadLetters.put({ message, reason, detail })
    this.metrics.messagesDropped.inc({ topic: topics.flows, reason })
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
}
