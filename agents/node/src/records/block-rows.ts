import type { FlowBuffer } from '../columns/flow-buffer.js'
import type { Owner } from '../identity/owners.js'
import { ConnectionFlag, type Connections } from '../state/connections.js'
import { SCRATCH } from '../state/cookie-table.js'
import { BLOCK_ROWS, FlowBlock, RowBit } from './flow-block.js'
import type { RecordView } from './record-view.js'
import { TurnOwners } from './turn-owners.js'

/**
 * Rows that are decided on record by record, and whose columns are then written one after the other. Whatever a table knows has one row in a block at most:
 * before another record of it is looked at, the block is finished.
 */
export abstract class BlockRows {
  /** Rows written that are not Headwater's own. */
  foreign = 0
  /** Rows of this turn that were decided on, and lost as their columns could not be written. */
  undone = 0
  protected readonly block = new FlowBlock()
  protected readonly owners: TurnOwners
  /** Of the records that the block's rows are made of. */
  #view: RecordView | undefined

  constructor(
    private readonly buffer: FlowBuffer,
    private readonly known: Connections,
  ) {
    this.owners = new TurnOwners(buffer)
  }

  protected abstract writeColumns(view: RecordView): void

  /** A turn of the loop begins: of a process more may be known than in the one before. */
  turn(): void {
    this.undone = 0
    this.owners.clear()
  }

  /** Writes the columns of the rows since the last call. If that throws, these rows are no more, and `undone` tells how many. */
  finish(): void {
    const { block } = this
    if (block.length === 0 || this.#view === undefined) return
    try {
      this.writeColumns(this.#view)
    } catch (cause) {
      this.buffer.rows = block.firstRow
      this.undone += block.length
      throw cause
    } finally {
      this.#settle(block)
      block.length = 0
      if (this.owners.full) this.owners.clear()
    }
  }

  /** Entry of a cookie, or -1. */
  protected find(lo: number, hi: number): number {
    const found = this.known.find(lo, hi)
    if (found < 0 || (this.known.flags[found]! & ConnectionFlag.Awaited) === 0) return found
    this.finish()
    return this.known.find(lo, hi)
  }

  /** A row of a record, which stands with the next `finish`. @param bits of RowBit */
  protected append(
    view: RecordView,
    i: number,
    entry: number,
    timeMs: number,
    startMs: number,
    side: number,
    sideSource: number,
    owner: Owner,
    bits: number,
  ): void {
    const { block } = this
    const number = this.owners.numberOf(owner)
    const row = this.buffer.add()
    if (block.length === 0) block.firstRow = row
    this.#view = view
    const r = block.length++
    block.base[r] = i * view.words
    block.entry[r] = entry
    block.timeMs[r] = timeMs
    block.startMs[r] = Math.min(startMs, timeMs)
    block.side[r] = side
    block.sideSource[r] = sideSource
    block.owner[r] = number
    block.bits[r] = bits
  }

  /** There is no room for another row. */
  protected get full(): boolean {
    return this.block.length === BLOCK_ROWS || this.owners.full
  }

  /** Those of the block that ended go, of the others more may come. */
  #settle({ length, entry, bits }: FlowBlock): void {
    const { known } = this
    for (let r = 0; r < length; r++) {
      const e = entry[r]!
      if (e === SCRATCH) continue
      if ((bits[r]! & RowBit.Closing) !== 0) known.remove(e)
      else known.flags[e]! &= ~ConnectionFlag.Awaited
    }
  }
}
