import { type KernelReasons, RecordFlag, Side } from '@headwater/native'
import type { FlowBuffer } from '../columns/flow-buffer.js'
import type { StringColumn } from '../columns/string-column.js'
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
    this.#writeHints(block, view)
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

  #writeHints(block: FlowBlock, { flags }: RecordView): void {
    const { protocol_hint } = this.buffer.strings
    const { length, firstRow, base } = block
    // As a rule none has one.
    fill(block, protocol_hint, '')
    for (let r = 0; r < length; r++) {
      const quic = (flags.array[flags.first + base[r]! * 4]! & RecordFlag.Quic) !== 0
      if (quic) protocol_hint.set(firstRow + r, 'quic')
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

function fill({ length, firstRow }: FlowBlock, to: StringColumn, text: string): void {
  const { indices } = to
  const index = to.indexOf(text)
  for (let r = 0; r < length; r++) indices[firstRow + r] = index
}

function named({ length, firstRow }: FlowBlock, to: StringColumn, numbers: Uint8Array, names: Record<number, string>) {
  const { indices } = to
  let last = -1
  let index = 0
  for (let r = 0; r < length; r++) {
    const number = numbers[r]!
    if (number !== last) index = to.indexOf(names[number] ?? '')
    last = number
    indices[firstRow + r] = index
  }
}
