import type { BatchMeta, Memory, Topic } from '@headwater/contracts'
import type { BatchId, RowsBlock } from '@headwater/store'
import type { Counted } from '../metrics/edges/ledger.js'

/** Some columns of some rows. */
export interface Part<C> {
  columns: C
  rows: number
}

/** What a message holds. */
export interface RowsBatch extends Part<{ time: BigInt64Array }> {
  meta: BatchMeta
  /** Columns that this version does not know. */
  unknown: readonly string[]
}

/**
 * A table of raw rows whose batches come by a topic of their own. `B` is a batch as it came, `C` the columns as they are stored.
 */
export interface RowsTable<B extends RowsBatch, C> {
  readonly name: RowsBlock['table']
  readonly topic: Topic
  /** What the token of a batch by itself begins with: no two tables have the same. */
  readonly tokenPrefix: '' | 'dns:'
  /** Where batches are listed that are in it. */
  readonly batches: 'batches' | 'dns_batches'
  /** @throws DecodeError */
  decode(value: Uint8Array): B
  /** A message of some rows of a batch. */
  encode(batch: B): Uint8Array
  /** The given rows, in that order. */
  sift(batch: B, rows: Int32Array): B
  take(columns: C, rows: Int32Array): C
  /** The rows of all parts, one part after the other: columns that nobody asks for are not made. */
  merge(parts: readonly Part<C>[], memory: Memory): Part<C>
}

/** Rows of some batches in one partition of a table: those of all parts. */
export interface Block<C> extends Part<C> {
  /** As they are sent: not put together before. */
  parts: readonly Part<C>[]
  batches: readonly BatchId[]
  token: string
  /** Of a chunk: false where nobody can have tried it before. */
  again?: boolean
}

/** Stores blocks. */
export interface Keeper<C> {
  /**
   * @param counted tokens of what has been counted; this one is added
   * @param memory for the block as it is sent
   * @returns false where it was in, and is left out
   * @throws as StoreWriter.insertBlock
   */
  keep(block: Block<C>, counted: Counted, memory?: Memory): Promise<boolean>
}
