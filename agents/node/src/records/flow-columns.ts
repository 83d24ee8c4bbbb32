import { type ColumnStep, ColumnWriter, type KernelReasons, type Layout } from '@headwater/native'
import type { FlowBuffer } from '../columns/flow-buffer.js'
import type { Connections } from '../state/connections.js'
import { BlockEvents } from './block-events.js'
import { BlockTraffic } from './block-traffic.js'
import type { RecordCounters } from './counters.js'
import type { FlowBlock } from './flow-block.js'
import type { RecordView } from './record-view.js'
import type { TurnOwners } from './turn-owners.js'

export interface FlowColumnsParts {
  buffer: FlowBuffer
  connections: Connections
  counters: RecordCounters
  block: FlowBlock
  owners: TurnOwners
  /** The kernel's names of the reasons for resets and drops. */
  reasons: () => KernelReasons
}

/** Writes every column of a block of rows, one column after the other: what is copied, counted on or looked up in native code. */
export class FlowColumns {
  readonly #p: FlowColumnsParts
  readonly #events: BlockEvents
  readonly #traffic: BlockTraffic
  #writer: { write: ColumnWriter; layout: Layout; scalars: object; kept: object } | undefined

  constructor(parts: FlowColumnsParts) {
    this.#p = parts
    this.#events = new BlockEvents(parts.buffer, parts.reasons)
    this.#traffic = new BlockTraffic(parts.buffer, parts.connections)
  }

  write(view: RecordView): void {
    const { block, buffer, counters } = this.#p
    const { length, firstRow } = block
    counters.clamped += this.#writerOf(view.layout).write(view.records.buffer, length, firstRow)
    buffer.scalars.icmp_errors.fill(0, firstRow, firstRow + length)
    this.#traffic.write(block, view)
    this.#events.write(block, view)
  }

  /** The one of the arrays that there are: buffer and connections make others as they grow. */
  #writerOf(layout: Layout): ColumnWriter {
    const { block, owners, buffer, connections } = this.#p
    const { scalars } = buffer
    const kept = connections.lastNs
    const known = this.#writer
    if (known?.scalars === scalars && known.kept === kept && known.layout === layout) return known.write
    const steps = [...this.#steps(), ...this.#traffic.steps(), ...owners.steps()]
    const write = new ColumnWriter(layout, block, steps)
    this.#writer = { write, layout, scalars, kept }
    return write
  }

  #steps(): ColumnStep[] {
    const { block, buffer, connections: c } = this.#p
    const { scalars: s, words: w } = buffer
    return [
      { rule: 'whole', from: block.timeMs, to: w.time },
      { rule: 'whole', from: block.startMs, to: w.start },
      { rule: 'copy', field: 'cookie', to: w.cookie },
      { rule: 'copy', field: 'local_ip', to: w.local_ip },
      { rule: 'copy', field: 'remote_ip', to: w.remote_ip },
      { rule: 'copy', field: 'local_port', to: s.local_port },
      { rule: 'copy', field: 'remote_port', to: s.remote_port },
      { rule: 'copy', field: 'netns', to: s.netns },
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
    ]
  }
}
