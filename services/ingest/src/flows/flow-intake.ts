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
import { type Split, splitByTime } from './split.js'

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
  part?: boolean
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

  /** Counts a batch that is in the store already. */
  duplicate(batch: DecodedBatch, out: LeftOut): void {
    out.count(() => {
      this.metrics.messagesDropped.inc({ topic: topics.flows, reason: 'duplicate' })
      this.metrics.rowsDropped.inc({ table: 'flows', reason: 'duplicate' }, batch.rows)
    })
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
      for (const [reason, dead] of split.dead) this.#putRowsAside(batch, message, reason, dead, out)
      const { partitions } = sound === batch ? split : this.#split(sound, now)
      const columns = joinIdentity(sound, this.identity, memory)
      this.metrics.connections.set(this.identity.connections.size)
      return { columns, rows: sound.rows, partitions, batch: sound, whole: batch.rows }
    } catch (error) {
      this.#refused(sound, sound.rows, batch.rows, message, error as Error, out)
      return undefined
    }
  }

  /**
   * Puts aside rows that the store refuses, or that nobody expected: whatever is wrong with them, the others of the batch and those behind it go on.
   * @param chosen numbers of rows of `joined` @returns whether that is all of the message
   */
  refused({ batch, whole }: Joined, chosen: Int32Array, message: DeliveredMessage, why: Error, out: LeftOut): boolean {
    const rows = chosen.length
    const refused = rows === batch.rows ? batch : { ...batch, rows, columns: takeRows(batch.columns, chosen) }
    return this.#refused(refused, rows, whole, message, why, out)
  }

  #refused(
    batch: DecodedBatch,
    rows: number,
    whole: number,
    message: DeliveredMessage,
    why: Error,
    out: LeftOut,
  ): boolean {
    const reason = reasonOf(why)
    if (rows < whole) {
      this.#putAside(batch, message, { reason, detail: `${partOf(rows, whole, batch)}: ${why.message}` }, out)
      return false
    }
    out.count(() => this.metrics.rowsDropped.inc({ table: 'flows', reason }, rows))
    this.drop(message, reason, why.message, out)
    return true
  }

  drop(message: DeliveredMessage, reason: string, detail: string, out: LeftOut): void {
    out.letter({ message, reason, detail }, () => this.metrics.messagesDropped.inc({ topic: topics.flows, reason }))
  }

  #split({ columns }: DecodedBatch, now: number): Split {
    return splitByTime(columns.time, now, this.options.retentionMs ?? DEFAULT_RETENTION_MS)
  }

  #putRowsAside(batch: DecodedBatch, message: DeliveredMessage, reason: string, rows: Int32Array, out: LeftOut): void {
    const chosen = { ...batch, rows: rows.length, columns: takeRows(batch.columns, rows) }
    const detail = partOf(rows.length, batch.rows, batch)
    this.#putAside(chosen, message, { reason, detail, part: rows.length < batch.rows }, out)
  }

  #putAside({ meta, rows, columns }: DecodedBatch, message: DeliveredMessage, why: Why, out: LeftOut): void {
    const { reason, detail, part = true } = why
    const value = encodeFlowBatch({ meta, rows, columns })
    out.letter({ message, reason, detail, value, part }, () =>
      this.metrics.rowsDropped.inc({ table: 'flows', reason }, rows),
    )
  }
}
