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
import { takeRows } from './rows.js'
import { ascending, type Split, splitByTime } from './split.js'

/** The rows of a batch that can be stored, with who is who, and which of them go into which partition of `flows`. */
export interface Joined {
  columns: AllColumns
  rows: number
  partitions: Split['partitions']
  /** As it came, without the rows that are put aside. */
  batch: DecodedBatch
  /** Rows of the message. */
  whole: number
}

interface Why {
  reason: string
  detail: string
  /** false where it is all that there was. */
  part: boolean
}

const partOf = (rows: number, whole: number, { meta: { instance, sequence } }: DecodedBatch): string =>
  `${rows} of ${whole} rows of ${instance}, batch ${sequence}`

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

  /** Counts a batch that is in the store already. @param copy how many copies of it were left out here before, where its place does not tell it */
  duplicate(batch: DecodedBatch, message: DeliveredMessage, out: LeftOut, copy?: number): void {
    const count = () => {
      this.metrics.messagesDropped.inc({ topic: topics.flows, reason: 'duplicate' })
      this.metrics.rowsDropped.inc({ table: 'flows', reason: 'duplicate' }, batch.rows)
    }
    out.duplicate(message, batch, count, copy)
  }

  /** @param now Unix ms, by which rows are too old or of the future @param memory of the columns that it makes @returns undefined where the batch cannot be handled, and is to be put aside */
  join(
    batch: DecodedBatch,
    message: DeliveredMessage,
    out: LeftOut,
    now: number,
    memory: Memory = heap,
  ): Joined | undefined {
    let sound = batch
    try {
      const split = this.#split(batch, now)
      // What is put aside is not learnt from: a row of the future would hold its agent's lease until then.
      if (split.dead.size > 0) sound = sift(batch, [...split.partitions.values()])
      for (const [reason, dead] of split.dead) {
        const why = { reason, detail: partOf(dead.length, batch.rows, batch), part: dead.length < batch.rows }
        this.#putAside(batch, dead, message, why, out)
      }
      const { partitions } = sound === batch ? split : this.#split(sound, now)
      const columns = joinIdentity(sound, this.identity, memory)
      this.metrics.connections.set(this.identity.connections.size)
      return { columns, rows: sound.rows, partitions, batch: sound, whole: batch.rows }
    } catch (error) {
      this.refused({ batch: sound, whole: batch.rows }, ascending(sound.rows), message, error as Error, out)
      return undefined
    }
  }

  /**
   * Puts aside rows that the store refuses, or that nobody expected: whatever is wrong with them, the others of the batch and those behind it go on.
   * @param chosen numbers of rows of its `batch` @returns whether that is all of the message
   */
  refused(
    { batch, whole }: Pick<Joined, 'batch' | 'whole'>,
    chosen: Int32Array,
    message: DeliveredMessage,
    why: Error,
    out: LeftOut,
  ): boolean {
    const reason = reasonOf(why)
    const rows = chosen.length
    if (rows < whole) {
      const detail = `${partOf(rows, whole, batch)}: ${why.message}`
      this.#putAside(batch, chosen, message, { reason, detail, part: true }, out)
      return false
    }
    out.count(() => this.metrics.rowsDropped.inc({ table: 'flows', reason }, rows))
    this.drop(message, reason, why.message, out, batch)
    return true
  }

  drop(message: DeliveredMessage, reason: string, detail: string, out: LeftOut, batch?: DecodedBatch): void {
    const count = () => this.metrics.messagesDropped.inc({ topic: topics.flows, reason })
    out.letter({ message, reason, detail }, count, batch && { batch })
  }

  #split({ columns }: DecodedBatch, now: number): Split {
    return splitByTime(columns.time, now, this.options.retentionMs ?? DEFAULT_RETENTION_MS)
  }

  #putAside(batch: DecodedBatch, chosen: Int32Array, message: DeliveredMessage, why: Why, out: LeftOut): void {
    const { reason, detail, part } = why
    const rows = chosen.length
    const columns = rows === batch.rows ? batch.columns : takeRows(batch.columns, chosen)
    const value = encodeFlowBatch({ meta: batch.meta, rows, columns })
    const count = () => this.metrics.rowsDropped.inc({ table: 'flows', reason }, rows)
    out.letter({ message, reason, detail, value, part }, count, { batch, rows })
  }
}
