import { DecodeError, type DeliveredMessage, heap, type Memory, UNREADABLE_HEADER } from '@headwater/contracts'
import type { LeftOut } from '../dead-letters/left-out.js'
import { INTERNAL_ERROR, reasonOf } from '../dead-letters/reason.js'
import type { Metrics } from '../metrics/metrics.js'
import { DEFAULT_RETENTION_MS, type IngestOptions } from '../options.js'
import { ascending, type Split, splitByTime } from './split.js'
import type { RowsBatch, RowsTable } from './table.js'

/** The rows of a batch that can be stored, with all of their columns, and which of them go into which partition. */
export interface Joined<B, C> {
  columns: C
  rows: number
  partitions: Split['partitions']
  /** As it came, without the rows that are put aside. */
  batch: B
  /** Rows of the message. */
  whole: number
}

interface Why {
  reason: string
  detail: string
  /** false where it is all that there was. */
  part: boolean
}

const partOf = (rows: number, whole: number, { meta: { instance, sequence } }: RowsBatch): string =>
  `${rows} of ${whole} rows of ${instance}, batch ${sequence}`

/** What becomes of a message before it is stored: decoded, rid of rows of the wrong time, given the columns that ingest adds. */
export abstract class Intake<B extends RowsBatch, C, S> {
  constructor(
    readonly table: RowsTable<B, C>,
    protected readonly options: IngestOptions,
    protected readonly metrics: Metrics,
  ) {}

  /** What batches share that become one block. */
  abstract scope(): S

  protected abstract complete(batch: B, memory: Memory, scope: S): C

  /** @returns undefined where it is none, and is to be put aside */
  decode(message: DeliveredMessage, out: LeftOut): B | undefined {
    const unreadable = message.headers[UNREADABLE_HEADER]
    if (unreadable !== undefined) {
      this.#drop(message, 'unreadable-batch', unreadable, out)
      return undefined
    }
    try {
      const batch = this.table.decode(message.value)
      out.count(() => {
        this.metrics.rowsIn.inc({ table: this.table.name }, batch.rows)
        this.metrics.unknownColumns(batch.unknown)
      })
      return batch
    } catch (error) {
      const reason = error instanceof DecodeError ? error.code : INTERNAL_ERROR
      this.#drop(message, reason, (error as Error).message, out)
      return undefined
    }
  }

  /** Counts a batch that is in the store already. @param copy how many copies of it were left out here before, where its place does not tell it */
  duplicate(batch: B, message: DeliveredMessage, out: LeftOut, copy?: number): void {
    const count = () => {
      this.metrics.messagesDropped.inc({ topic: this.table.topic, reason: 'duplicate' })
      this.#dropped('duplicate', batch.rows)
    }
    out.duplicate(message, batch, count, copy)
  }

  /**
   * @param now Unix ms, by which rows are too old or of the future
   * @param memory of the columns that it makes
   * @returns undefined where the batch cannot be handled, and is to be put aside
   */
  join(
    batch: B,
    message: DeliveredMessage,
    out: LeftOut,
    now: number,
    memory: Memory = heap,
    scope: S = this.scope(),
  ): Joined<B, C> | undefined {
    let sound = batch
    try {
      const split = this.#split(batch, now)
      // What is put aside is not learnt from: a row of the future would hold its agent's lease until then.
      if (split.dead.size > 0) sound = this.table.sift(batch, inOrder(split.partitions.values()))
      for (const [reason, dead] of split.dead) {
        const why = { reason, detail: partOf(dead.length, batch.rows, batch), part: dead.length < batch.rows }
        this.#putAside(batch, dead, message, why, out)
      }
      const { partitions } = sound === batch ? split : this.#split(sound, now)
      const columns = this.complete(sound, memory, scope)
      return { columns, rows: sound.rows, partitions, batch: sound, whole: batch.rows }
    } catch (error) {
      this.refused({ batch: sound, whole: batch.rows }, ascending(sound.rows), message, error as Error, out)
      return undefined
    }
  }

  /**
   * Puts aside rows that the store refuses, or that nobody expected: whatever is wrong with them, the others of the batch and those behind it go on.
   * @param chosen numbers of rows of its `batch`
   * @returns whether that is all of the message
   */
  refused(
    { batch, whole }: Pick<Joined<B, C>, 'batch' | 'whole'>,
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
    out.count(() => this.#dropped(reason, rows))
    this.#drop(message, reason, why.message, out, batch)
    return true
  }

  #drop(message: DeliveredMessage, reason: string, detail: string, out: LeftOut, batch?: B): void {
    const count = () => this.metrics.messagesDropped.inc({ topic: this.table.topic, reason })
    out.letter({ message, reason, detail }, count, batch && { batch })
  }

  #dropped(reason: string, rows: number): void {
    this.metrics.rowsDropped.inc({ table: this.table.name, reason }, rows)
  }

  #split({ columns }: B, now: number): Split {
    return splitByTime(columns.time, now, this.options.retentionMs ?? DEFAULT_RETENTION_MS)
  }

  #putAside(batch: B, chosen: Int32Array, message: DeliveredMessage, why: Why, out: LeftOut): void {
    const rows = chosen.length
    const value = this.table.encode(rows === batch.rows ? batch : this.table.sift(batch, chosen))
    out.letter({ ...why, message, value }, () => this.#dropped(why.reason, rows), { batch, rows })
  }
}

const inOrder = (chosen: Iterable<Int32Array>): Int32Array =>
  Int32Array.from(Array.from(chosen).flatMap((part) => [...part])).sort()
