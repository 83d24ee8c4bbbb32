import type { KernelReasons } from '@headwater/native'
import type { FlowBuffer } from '../columns/flow-buffer.js'
import type { Connections } from '../state/connections.js'
import { BlockEvents } from './block-events.js'
import type { BlockOwners } from './block-owners.js'
import { BlockTraffic } from './block-traffic.js'
import { copy16, copy32, copy64, copyAddress, increases16, increases32, some8, waits, wholes } from './column-loops.js'
import type { RecordCounters } from './counters.js'
import type { FlowBlock } from './flow-block.js'
import type { RecordView } from './record-view.js'

/** Columns that are a field of the record as it stands. */
const COPIED_32 = [
  ['netns', 'netns'],
  ['srtt_us', 'srttUs'],
  ['rttvar_us', 'rttvarUs'],
  ['min_rtt_us', 'minRttUs'],
] as const
const COPIED_16 = [
  ['local_port', 'localPort'],
  ['remote_port', 'remotePort'],
] as const

/** Columns that are what a field, which is also the name of its last values, is more than at the connection's last row. */
const INCREASES_32 = [
  ['retransmits', 'retransmits'],
  ['spurious_retransmits', 'spuriousRetrans'],
  ['reorderings', 'reorderings'],
  ['ce_packets', 'cePackets'],
  ['drops', 'drops'],
  ['resets_tx', 'resetsTx'],
  ['resets_rx', 'resetsRx'],
] as const
const INCREASES_16 = [
  ['zero_windows_tx', 'zeroWindowsTx'],
  ['zero_windows_rx', 'zeroWindowsRx'],
] as const
const WAITS = [
  ['busy_us', 'busyUs', 'busyMs'],
  ['rwnd_limited_us', 'rwndLimitedUs', 'rwndLimitedMs'],
  ['sndbuf_limited_us', 'sndbufLimitedUs', 'sndbufLimitedMs'],
] as const

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

  write(block: FlowBlock, view: RecordView, owners: BlockOwners): void {
    const { connections, counters } = this
    const { scalars, words } = this.buffer
    const { firstRow, length } = block
    wholes(block, words.time, block.timeMs)
    wholes(block, words.start, block.startMs)
    copy64(block, words.cookie, view.cookie)
    copyAddress(block, words.local_ip, view.localIp)
    copyAddress(block, words.remote_ip, view.remoteIp)
    for (const [to, from] of COPIED_32) copy32(block, scalars[to], view[from])
    for (const [to, from] of COPIED_16) copy16(block, scalars[to], view[from])
    some8(block, scalars.ecn, view.ecn)
    scalars.icmp_errors.fill(0, firstRow, firstRow + length)
    for (const [to, from] of INCREASES_32)
      increases32(block, scalars[to], firstRow, view[from], connections[from], counters)
    for (const [to, from] of INCREASES_16) increases16(block, scalars[to], view[from], connections[from], counters)
    for (const [to, from, last] of WAITS) waits(block, words[to], view[from], connections[last], counters)
    this.#traffic.write(block, view)
    this.#events.write(block, view)
    owners.write(block)
  }
}
