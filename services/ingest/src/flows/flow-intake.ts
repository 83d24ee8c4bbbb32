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
  UNREADABLE_HEADER,
} from '@headwater/contracts'
import { Inject, Injectable } from '@nestjs/common'
import type { LeftOut } from '../dead-letters/left-out.js'
import { INTERNAL_ERROR, reasonOf } from '../dead-letters/reason.js'
import { IdentityTables } from '../identity/tables.js'
import { Metrics } from '../metrics/metrics.js'
import { DEFAULT_RETENTION_MS, type IngestOptions, OPTIONS } from '../options.js'
import { joinIdentity } from './join.js'
import { JoinScope } from './join-scope.js'
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
  ) {}

  /** @returns undefined where it is none, and is to be put aside */
  decode(message: DeliveredMessage, out: LeftOut): DecodedBatch | undefined {
    const unreadable = message.headers[UNREADABLE_HEADER]
    if (unreadable !== undefined) {
      this.drop(message, 'unreadable-batch', unreadable, out)
      return undefined
    }
    try {
      const batch = decodeFlowBatch(message.value)
      out.count(() => {
        this.metrics.rowsIn.inc({ table: 'flows' }, batch.rows)
        this.metrics.unknownColumns(batch.unknown)
      })
      return batch
    } catch (error) {
      const reason = error instanceof DecodeError ? error.code : INTERNAL_ERROR
      this.drop(message, reason, (error as Error).message, out)
      return undefined
    }
  }

  /** Counts a batch that is in the store already. */
  duplicate(batch: DecodedBatch, out: LeftOut): void {
    out.count(() => {
      this.metrics.messagesDropped.inc({ topic: topics.flows, reason: 'duplicate' })
      this.metrics.rowsDropped.inc({ table: 'flows', reason: 'duplicate' }, batch.rows)
    })
  }

  /** @param now Unix ms, by which rows are too old or of the future @param memory of the columns that it makes @param scope of the batches that become one block @returns undefined where the batch cannot be handled, and is to be put aside */
  join(
    batch: DecodedBatch,
    message: DeliveredMessage,
    out: LeftOut,
    now: number,
    memory: Memory = heap,
    scope = new JoinScope(),
  ): Joined | undefined {
    try {
      const split = this.#split(batch, now)
      for (const [reason, dead] of split.dead) this.#putRowsAside(batch, message, reason, dead, out)
      // What is put aside is not learnt from: a row of the future would hold its agent's lease until then.
      const sound = split.dead.size === 0 ? batch : sift(batch, [...split.partitions.values()])
      const columns = joinIdentity(sound, this.identity, memory, scope)
      this.metrics.connections.set(this.identity.connections.size)
      return { columns, rows: sound.rows, partitions: (sound === batch ? split : this.#split(sound, now)).partitions }
    } catch (error) {
      this.refused(batch, message, error as Error, out)
      return undefined
    }
  }

  /** Puts aside a batch that the store refuses, or that nobody expected: whatever is wrong with it, those behind it go on. */
  refused(batch: DecodedBatch, message: DeliveredMessage, why: Error, out: LeftOut): void {
    const reason = reasonOf(why)
    out.count(() => this.metrics.rowsDropped.inc({ table: 'flows', reason }, batch.rows))
    this.drop(message, reason, why.message, out)
  }

  drop(message: DeliveredMessage, reason: string, detail: string, out: LeftOut): void {
    out.letter({ message, reason, detail }, () => this.metrics.messagesDropped.inc({ topic: topics.flows, reason }))
  }

  #split({ columns }: DecodedBatch, now: number): Split {
    return splitByTime(columns.time, now, this.options.retentionMs ?? DEFAULT_RETENTION_MS)
  }

  #putRowsAside(batch: DecodedBatch, message: DeliveredMessage, reason: string, rows: Int32Array, out: LeftOut): void {
    const value = encodeFlowBatch({ meta: batch.meta, rows: rows.length, columns: takeRows(batch.columns, rows) })
    const detail = `${rows.length} of ${batch.rows} rows of ${batch.meta.instance}, batch ${batch.meta.sequence}`
    const part = rows.length < batch.rows
    out.letter({ message, reason, detail, value, part }, () =>
      this.metrics.rowsDropped.inc({ table: 'flows', reason }, rows.length),
    )
  }
}
