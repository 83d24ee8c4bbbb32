import type { ColumnStep } from '@headwater/native'
import type { Conversations } from '../state/conversations.js'
import { fill, hinted, named } from './block-texts.js'
import { type BlockParts, BlockWriter } from './block-writer.js'
import { type ConversationEnd, isLoopback, scopeOf, writeConversationId } from './conversation-id.js'
import { BLOCK_ROWS, RowBit } from './flow-block.js'
import { type RecordView, setWide } from './record-view.js'
import { sideNames, sideSourceNames } from './side.js'

export interface DatagramColumnsParts extends BlockParts {
  conversations: Conversations
  /** Where addresses are unique, but for those of loopback; and the agent's own instance, where these are. */
  realm: string
  instance: string
}

/** Writes every column of a block of rows of conversations: what UDP does not have is 0 or empty. */
export class DatagramColumns {
  readonly #p: DatagramColumnsParts
  readonly #realm: number
  readonly #instance: number
  /** By row of the block, since the conversation's last row. */
  readonly #sent = new Float64Array(BLOCK_ROWS)
  readonly #received = new Float64Array(BLOCK_ROWS)
  readonly #wireSent = new Float64Array(BLOCK_ROWS)
  readonly #wireReceived = new Float64Array(BLOCK_ROWS)
  readonly #segsOut = new Uint32Array(BLOCK_ROWS)
  readonly #segsIn = new Uint32Array(BLOCK_ROWS)
  /** Both ends of a row, for its id. */
  readonly #local: ConversationEnd = { words: this.#segsOut, at: 0, port: 0 }
  readonly #remote: ConversationEnd = { words: this.#segsOut, at: 0, port: 0 }
  readonly #native: BlockWriter

  constructor(parts: DatagramColumnsParts) {
    this.#p = parts
    const { conversations } = parts
    this.#native = new BlockWriter(
      parts,
      () => conversations.icmpErrors,
      () => this.#steps(),
    )
    this.#realm = scopeOf(parts.realm)
    this.#instance = scopeOf(parts.instance)
  }

  write(view: RecordView): void {
    const { block, buffer } = this.#p
    this.#native.write(view)
    this.#writeNothing()
    this.#writeRows()
    const { strings } = buffer
    fill(block, strings.transport, 'udp')
    hinted(block, strings.protocol_hint, view)
    named(block, strings.side, block.side, sideNames)
    named(block, strings.side_source, block.sideSource, sideSourceNames)
  }

  #steps(): ColumnStep[] {
    const { buffer, conversations: c } = this.#p
    const { scalars: s, words: w } = buffer
    return [
      { rule: 'increase', field: 'bytes_sent', to: this.#sent, aside: true, last: c.bytesSent },
      { rule: 'increase', field: 'bytes_received', to: this.#received, aside: true, last: c.bytesReceived },
      { rule: 'increase', field: 'wire_sent', to: this.#wireSent, aside: true, last: c.wireSent },
      { rule: 'increase', field: 'wire_received', to: this.#wireReceived, aside: true, last: c.wireReceived },
      { rule: 'increase', field: 'segs_out', to: this.#segsOut, aside: true, last: c.segsOut },
      { rule: 'increase', field: 'segs_in', to: this.#segsIn, aside: true, last: c.segsIn },
      { rule: 'increase', field: 'drops', to: s.drops, last: c.drops },
      { rule: 'increase', field: 'icmp_errors', to: s.icmp_errors, last: c.icmpErrors },
      { rule: 'whole', from: this.#sent, to: w.tx_bytes },
      { rule: 'whole', from: this.#received, to: w.rx_bytes },
      { rule: 'whole', from: this.#wireSent, to: w.tx_wire_bytes },
      { rule: 'whole', from: this.#wireReceived, to: w.rx_wire_bytes },
    ]
  }

  #writeRows(): void {
    const { block, buffer } = this.#p
    const { length, firstRow, bits } = block
    const { words, scalars } = buffer
    const { tx_packets, rx_packets, local_ip, remote_ip, connection_id } = words
    const { local_port, remote_port, netns, open, partial, self } = scalars
    const local = this.#local
    const remote = this.#remote
    local.words = local_ip
    remote.words = remote_ip
    for (let r = 0; r < length; r++) {
      const row = firstRow + r
      const b = bits[r]!
      open[row] = (b & RowBit.Closing) !== 0 ? 0 : 1
      partial[row] = (b & RowBit.Partial) !== 0 ? 1 : 0
      self[row] = (b & RowBit.Self) !== 0 ? 1 : 0
      setWide(tx_packets, row, this.#segsOut[r]!)
      setWide(rx_packets, row, this.#segsIn[r]!)
      local.at = row * 4
      remote.at = row * 4
      local.port = local_port[row]!
      remote.port = remote_port[row]!
      const scope = isLoopback(remote) ? (this.#instance ^ netns[row]!) >>> 0 : this.#realm
      writeConversationId(connection_id, row * 2, local, remote, scope)
    }
  }

  /** Of connections alone. */
  #writeNothing(): void {
    const { block, buffer } = this.#p
    const { scalars: s, words: w, strings } = buffer
    const from = block.firstRow
    const to = from + block.length
    for (const column of [s.connects, s.accepts, s.closes, s.failures, s.syn_retransmits, s.connect_us])
      column.fill(0, from, to)
    for (const column of [s.srtt_us, s.rttvar_us, s.min_rtt_us, s.ecn, s.ce_packets]) column.fill(0, from, to)
    for (const column of [s.retransmits, s.spurious_retransmits, s.reorderings]) column.fill(0, from, to)
    for (const column of [s.zero_windows_tx, s.zero_windows_rx, s.resets_tx, s.resets_rx]) column.fill(0, from, to)
    for (const column of [w.retransmit_bytes, w.busy_us, w.rwnd_limited_us, w.sndbuf_limited_us])
      column.fill(0, from * 2, to * 2)
    for (const column of [strings.failure_reason, strings.close_reason, strings.reset_reason]) fill(block, column, '')
  }
}
