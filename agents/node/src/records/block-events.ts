import { type KernelReasons, Side } from '@headwater/native'
import type { FlowBuffer } from '../columns/flow-buffer.js'
import { fill, hinted, named } from './block-texts.js'
import { closeReason } from './close.js'
import { failureReason } from './failure.js'
import { type FlowBlock, RowBit } from './flow-block.js'
import { byteAt, type RecordView, shortAt, wordAt } from './record-view.js'
import { sideNames, sideSourceNames } from './side.js'

/** Columns of what has happened to a connection: begin, end, and why; its side, and what it is. */
export class BlockEvents {
  constructor(
    private readonly buffer: FlowBuffer,
    private readonly reasons: () => KernelReasons,
  ) {}

  write(block: FlowBlock, view: RecordView): void {
    const { strings } = this.buffer
    this.#writeCounts(block, view)
    fill(block, strings.transport, 'tcp')
    named(block, strings.side, block.side, sideNames)
    named(block, strings.side_source, block.sideSource, sideSourceNames)
    hinted(block, strings.protocol_hint, view)
    this.#writeEnds(block, view)
    this.#writeResets(block, view)
  }

  #writeCounts({ length, firstRow, base, bits, side }: FlowBlock, { synRetrans, connectUs }: RecordView): void {
    const { open, partial, self, connects, accepts, closes, failures, syn_retransmits, connect_us } =
      this.buffer.scalars
    for (let r = 0; r < length; r++) {
      const row = firstRow + r
      const b = bits[r]!
      const begins = (b & RowBit.Begins) !== 0
      const closing = (b & RowBit.Closing) !== 0
      const established = (b & RowBit.Established) !== 0
      const server = side[r] === Side.Server
      open[row] = closing ? 0 : 1
      partial[row] = (b & RowBit.Partial) !== 0 ? 1 : 0
      self[row] = (b & RowBit.Self) !== 0 ? 1 : 0
      connects[row] = begins && !server ? 1 : 0
      accepts[row] = begins && server ? 1 : 0
      closes[row] = closing && established ? 1 : 0
      failures[row] = closing && !established ? 1 : 0
      // Known when the handshake is over: with the first row, or with the only one of an attempt that failed.
      const known = begins || (closing && !established)
      syn_retransmits[row] = known ? synRetrans.array[synRetrans.first + base[r]!]! : 0
      connect_us[row] = begins ? connectUs.array[connectUs.first + base[r]!]! : 0
    }
  }

  #writeEnds({ length, firstRow, base, bits }: FlowBlock, view: RecordView): void {
    const { failure_reason, close_reason } = this.buffer.strings
    for (let r = 0; r < length; r++) {
      const row = firstRow + r
      const b = bits[r]!
      let failure = ''
      let close = ''
      if ((b & RowBit.Closing) !== 0) {
        const i = base[r]! / view.words
        const errno = shortAt(view.err, i)
        if ((b & RowBit.Established) !== 0)
          close = closeReason(errno, byteAt(view.oldState, i), wordAt(view.resetsTx, i))
        else {
          const drop = shortAt(view.dropReason, i)
          const why = drop > 0 ? (this.reasons().drop[drop] ?? '') : ''
          failure = failureReason(errno || shortAt(view.errSoft, i), why, shortAt(view.localPort, i))
        }
      }
      failure_reason.set(row, failure)
      close_reason.set(row, close)
    }
  }

  #writeResets(block: FlowBlock, { resetReason }: RecordView): void {
    const { length, firstRow, base } = block
    const { resets_tx } = this.buffer.scalars
    const { reset_reason } = this.buffer.strings
    fill(block, reset_reason, '')
    for (let r = 0; r < length; r++) {
      const row = firstRow + r
      const reason = resets_tx[row]! > 0 ? resetReason.array[resetReason.first + base[r]! * 4]! : 0
      if (reason > 0) reset_reason.set(row, this.reasons().reset[reason] ?? '')
    }
  }
}
