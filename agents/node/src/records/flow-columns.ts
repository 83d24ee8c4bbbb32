import type { KernelReasons } from '@headwater/native'
import type { FlowBuffer } from '../columns/flow-buffer.js'
import type { Connections } from '../state/connections.js'
import { BlockEvents } from './block-events.js'
import { BlockTraffic } from './block-traffic.js'
import {
  copy16,
  copy32,
  copy64,
  copyAddress,
  increases16,
  increases32,
  some8,
  waits,
  wholes,
  zeros32,
} from './column-loops.js'
import type { RecordCounters } from './counters.js'
import type { FlowBlock } from './flow-block.js'
import type { RecordView } from './record-view.js'
import type { TurnOwners } from './turn-owners.js'

/** Writes every column of a block of rows, one column after the other. */
export class FlowColumns {
  readonly #events: BlockEvents
  readonly #traffic: BlockTraffic

  constructor(
    private readonly buffer: FlowBuffer,
    private readonly connections: Connections,
    private readonly counters: RecordCounters,
    reasons: () => KernelReasons,
  ) {
    this.#events = new BlockEvents(buffer, reasons)
    this.#traffic = new BlockTraffic(buffer, connections, counters)
  }

  write(block: FlowBlock, view: RecordView, owners: TurnOwners): void {
    const { connections: c, counters } = this
    const { scalars, words } = this.buffer
    wholes(block, words.time, block.timeMs)
    wholes(block, words.start, block.startMs)
    copy64(block, words.cookie, view.cookie)
    copyAddress(block, words.local_ip, view.localIp)
    copyAddress(block, words.remote_ip, view.remoteIp)
    copy16(block, scalars.local_port, view.localPort)
    copy16(block, scalars.remote_port, view.remotePort)
    copy32(block, scalars.netns, view.netns)
    copy32(block, scalars.srtt_us, view.srttUs)
    copy32(block, scalars.rttvar_us, view.rttvarUs)
    copy32(block, scalars.min_rtt_us, view.minRttUs)
    some8(block, scalars.ecn, view.ecn)
    zeros32(block, scalars.icmp_errors)
    const at = block.firstRow
    increases32(block, scalars.retransmits, at, view.retransmits, c.retransmits, counters)
    increases32(block, scalars.spurious_retransmits, at, view.spuriousRetrans, c.spuriousRetrans, counters)
    increases32(block, scalars.reorderings, at, view.reorderings, c.reorderings, counters)
    increases32(block, scalars.ce_packets, at, view.cePackets, c.cePackets, counters)
    increases32(block, scalars.drops, at, view.drops, c.drops, counters)
    increases32(block, scalars.resets_tx, at, view.resetsTx, c.resetsTx, counters)
    increases32(block, scalars.resets_rx, at, view.resetsRx, c.resetsRx, counters)
    increases16(block, scalars.zero_windows_tx, view.zeroWindowsTx, c.zeroWindowsTx, counters)
    increases16(block, scalars.zero_windows_rx, view.zeroWindowsRx, c.zeroWindowsRx, counters)
    waits(block, words.busy_us, view.busyUs, c.busyMs, counters)
    waits(block, words.rwnd_limited_us, view.rwndLimitedUs, c.rwndLimitedMs, counters)
    waits(block, words.sndbuf_limited_us, view.sndbufLimitedUs, c.sndbufLimitedMs, counters)
    this.#traffic.write(block, view)
    this.#events.write(block, view)
    owners.write(block)
  }
}
