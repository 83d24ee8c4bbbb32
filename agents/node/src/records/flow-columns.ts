import type { ColumnStep, KernelReasons } from '@headwater/native'
import type { Connections } from '../state/connections.js'
import { BlockEvents } from './block-events.js'
import { BlockTraffic } from './block-traffic.js'
import { type BlockParts, BlockWriter } from './block-writer.js'
import type { RecordView } from './record-view.js'

export interface FlowColumnsParts extends BlockParts {
  connections: Connections
  /** The kernel's names of the reasons for resets and drops. */
  reasons: () => KernelReasons
}

/** Writes every column of a block of rows, one column after the other: what is copied, counted on or looked up in native code. */
export class FlowColumns {
  readonly #p: FlowColumnsParts
  readonly #events: BlockEvents
  readonly #traffic: BlockTraffic
  readonly #native: BlockWriter

  constructor(parts: FlowColumnsParts) {
    this.#p = parts
    const { connections } = parts
    this.#native = new BlockWriter(
      parts,
      () => connections.lastNs,
      () => this.#steps(),
    )
    this.#events = new BlockEvents(parts.buffer, parts.reasons)
    this.#traffic = new BlockTraffic(parts.buffer, parts.connections)
  }

  write(view: RecordView): void {
    const { block, buffer } = this.#p
    const { length, firstRow } = block
    this.#native.write(view)
    buffer.scalars.icmp_errors.fill(0, firstRow, firstRow + length)
    this.#traffic.write(block, view)
    this.#events.write(block, view)
  }

  #steps(): ColumnStep[] {
    const { buffer, connections: c } = this.#p
    const { scalars: s, words: w } = buffer
    return [
      { rule: 'copy', field: 'srtt_us', to: s.srtt_us },
      { rule: 'copy', field: 'rttvar_us', to: s.rttvar_us },
      { rule: 'copy', field: 'min_rtt_us', to: s.min_rtt_us },
      { rule: 'some', field: 'ecn', to: s.ecn },
      { rule: 'increase', field: 'retransmits', to: s.retransmits, last: c.retransmits },
      { rule: 'increase', field: 'spurious_retrans', to: s.spurious_retransmits, last: c.spuriousRetrans },
      { rule: 'increase', field: 'reorderings', to: s.reorderings, last: c.reorderings },
      { rule: 'increase', field: 'ce_packets', to: s.ce_packets, last: c.cePackets },
      { rule: 'increase', field: 'drops', to: s.drops, last: c.drops },
      { rule: 'increase', field: 'resets_tx', to: s.resets_tx, last: c.resetsTx },
      { rule: 'increase', field: 'resets_rx', to: s.resets_rx, last: c.resetsRx },
      { rule: 'increase', field: 'zero_windows_tx', to: s.zero_windows_tx, last: c.zeroWindowsTx },
      { rule: 'increase', field: 'zero_windows_rx', to: s.zero_windows_rx, last: c.zeroWindowsRx },
      { rule: 'increase-ms', field: 'busy_us', to: w.busy_us, last: c.busyMs },
      { rule: 'increase-ms', field: 'rwnd_limited_us', to: w.rwnd_limited_us, last: c.rwndLimitedMs },
      { rule: 'increase-ms', field: 'sndbuf_limited_us', to: w.sndbuf_limited_us, last: c.sndbufLimitedMs },
      ...this.#traffic.steps(),
    ]
  }
}
