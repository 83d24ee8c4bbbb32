/** Rows of a block at most: their records stay in a core's own cache while one column after the other is read. */
export const BLOCK_ROWS = 256

/** What a row shows of its connection's life. */
export const RowBit = {
  /** The last one. */
  Closing: 1,
  Established: 2,
  /** The first one that shows it as established. */
  Begins: 4,
  Partial: 8,
  Self: 16,
} as const

/** Rows that are decided on, side by side, until their columns are written one after the other. */
export class FlowBlock {
  length = 0
  /** The first one's number in the buffer; the others follow. */
  firstRow = 0
  /** Where each row's record begins, in 32-bit words. */
  readonly base = new Int32Array(BLOCK_ROWS)
  /** The connection's entry, SCRATCH where it is not kept. */
  readonly entry = new Int32Array(BLOCK_ROWS)
  /** Of RowBit. */
  readonly bits = new Uint8Array(BLOCK_ROWS)
  readonly side = new Uint8Array(BLOCK_ROWS)
  readonly sideSource = new Uint8Array(BLOCK_ROWS)
  /** Number of the owner in TurnOwners. */
  readonly owner = new Uint16Array(BLOCK_ROWS)
  /** Unix ms. */
  readonly timeMs = new Float64Array(BLOCK_ROWS)
  readonly startMs = new Float64Array(BLOCK_ROWS)
}
