import { type KernelReasons, RecordFlag } from '@headwater/native'
import type { FlowBuffer } from '../columns/flow-buffer.js'
import type { NodeAddresses } from '../endpoints/node-addresses.js'
import type { LeftOut } from '../exclude/left-out.js'
import { keepOwner, type Owner, type Owners } from '../identity/owners.js'
import type { SelfEnds } from '../identity/self-ends.js'
import { ConnectionFlag, type Connections } from '../state/connections.js'
import { SCRATCH } from '../state/cookie-table.js'
import { BlockRows } from './block-rows.js'
import { increase, type RecordCounters } from './counters.js'
import { RowBit } from './flow-block.js'
import { FlowColumns } from './flow-columns.js'
import { byteAt, type RecordView, waitedMs, wide, wordAt } from './record-view.js'
import { RowRole } from './row-role.js'

const NS_PER_MS = 1e6

export interface FlowRowsParts {
  buffer: FlowBuffer
  connections: Connections
  owners: Owners
  self: SelfEnds
  addresses: NodeAddresses
  counters: RecordCounters
  /** Default: nothing is left out. */
  leftOut?: LeftOut | undefined
  /** Does a socket of this node listen on the port? */
  listens: (port: number) => boolean
  /** The kernel's names of the reasons for resets and drops. */
  reasons: () => KernelReasons
}

/**
 * Close and walk records to rows of the flow table. Records are cumulative; a row holds the increase since the connection's last
 * row. The rules are in README.md, "Row rules".
 */
export class FlowRows extends BlockRows {
  readonly #p: FlowRowsParts
  readonly #columns: FlowColumns
  readonly #role: RowRole

  constructor(parts: FlowRowsParts) {
    super(parts.buffer, parts.connections)
    this.#p = parts
    this.#columns = new FlowColumns({ ...parts, block: this.block, owners: this.owners })
    this.#role = new RowRole(parts.connections, parts.counters, parts.listens)
  }

  protected override writeColumns(view: RecordView): void {
    this.#columns.write(view)
  }

  /** @param offsetMs what to add to BOOTTIME in ms for Unix ms @returns whether it makes a row, which stands with the next `finish` */
  add(view: RecordView, i: number, closing: boolean, offsetMs: number): boolean {
    const { connections, counters } = this.#p
    const lo = wordAt(view.cookie.lo, i)
    const hi = wordAt(view.cookie.hi, i)
    const timeNs = wide(view.timeNs, i)
    const found = this.#find(view, i, lo, hi)
    if (found >= 0 && !closing && timeNs < connections.lastNs[found]!) {
      counters.out_of_order++
      return false
    }
    if (!this.#role.assign(view, i, found, closing, timeNs)) {
      if (found >= 0) connections.remove(found)
      return false
    }
    const entry = found >= 0 ? found : closing ? SCRATCH : connections.insert(lo, hi)
    if (entry < 0) {
      counters.untracked++
      return false
    }
    const timeMs = timeNs / NS_PER_MS + offsetMs
    const startMs = found >= 0 ? connections.start[found]! : this.#start(view, i, timeMs, offsetMs)
    if (entry !== SCRATCH) connections.start[entry] = startMs
    // What a partial connection had before its first sight is not counted.
    const baseline = found < 0 && this.#role.partial
    if (baseline && entry === SCRATCH) return this.#once(view, i, timeNs, timeMs, startMs)
    if (baseline) this.#remember(view, i, entry)
    const written = this.#decide(view, i, entry, timeNs, timeMs, startMs)
    if (closing && found >= 0 && !written) connections.remove(found)
    return written
  }

  /** A row of a connection that nothing is kept of, which starts from a baseline: it is a block of its own. */
  #once(view: RecordView, i: number, timeNs: number, timeMs: number, startMs: number): boolean {
    const { connections } = this.#p
    this.finish()
    this.#remember(view, i, SCRATCH)
    try {
      const written = this.#decide(view, i, SCRATCH, timeNs, timeMs, startMs)
      this.finish()
      return written
    } finally {
      connections.clear(SCRATCH)
    }
  }

  /**
   * The connection's entry, or -1. A socket may connect again after its end: what began after the last record is another connection,
   * and the close record of the one before was lost.
   */
  #find(view: RecordView, i: number, lo: number, hi: number): number {
    const { connections } = this.#p
    const found = this.find(lo, hi)
    // Without its slot, or older than the probe, the begin is only when it was first seen.
    const firstSight = (byteAt(view.flags, i) & (RecordFlag.SlotTaken | RecordFlag.Preexisting)) !== 0
    if (found < 0 || firstSight || wide(view.startNs, i) <= connections.lastNs[found]!) return found
    connections.remove(found)
    return -1
  }

  /** Unix ms at which a connection began that was not heard of before. */
  #start(view: RecordView, i: number, timeMs: number, offsetMs: number): number {
    const startNs = wide(view.startNs, i)
    return startNs > 0 && !this.#role.partial ? startNs / NS_PER_MS + offsetMs : timeMs
  }

  /** Keeps the counters of a record as the last ones. */
  #remember(view: RecordView, i: number, entry: number): void {
    const { connections: c } = this.#p
    c.bytesSent[entry] = wide(view.bytesSent, i)
    c.bytesRetrans[entry] = wide(view.bytesRetrans, i)
    c.bytesReceived[entry] = wide(view.bytesReceived, i)
    c.segsOut[entry] = wordAt(view.segsOut, i)
    c.segsIn[entry] = wordAt(view.segsIn, i)
    c.retransmits[entry] = wordAt(view.retransmits, i)
    c.resetsTx[entry] = wordAt(view.resetsTx, i)
    c.resetsRx[entry] = wordAt(view.resetsRx, i)
    c.spuriousRetrans[entry] = wordAt(view.spuriousRetrans, i)
    c.reorderings[entry] = wordAt(view.reorderings, i)
    c.cePackets[entry] = wordAt(view.cePackets, i)
    c.drops[entry] = wordAt(view.drops, i)
    c.busyMs[entry] = waitedMs(view.busyUs, i)
    c.rwndLimitedMs[entry] = waitedMs(view.rwndLimitedUs, i)
    c.sndbufLimitedMs[entry] = waitedMs(view.sndbufLimitedUs, i)
    c.zeroWindowsTx[entry] = wordAt(view.zeroWindowsTx, i)
    c.zeroWindowsRx[entry] = wordAt(view.zeroWindowsRx, i)
  }

  /** @returns false where the row is left out */
  #decide(view: RecordView, i: number, entry: number, timeNs: number, timeMs: number, startMs: number): boolean {
    const { connections: c, addresses, leftOut } = this.#p
    const { closing } = this.#role
    const owner = this.#p.owners.of(view, i, c, entry, timeMs)
    if (leftOut?.covers(view, i, owner)) {
      leftOut.count(this.#payload(view, i, entry))
      if (closing) return false
      this.#remember(view, i, entry)
      this.#keep(entry, timeNs, owner, 0)
      return false
    }
    const { words, first, step } = view.localIp
    const ip = first + i * step
    addresses.saw(wordAt(view.netns, i), words[ip]!, words[ip + 1]!, words[ip + 2]!, words[ip + 3]!, timeMs)
    const known = entry !== SCRATCH && (c.flags[entry]! & ConnectionFlag.Self) !== 0
    const self = known || this.#p.self.isSelf(view, i, owner.pid)
    if (!self) this.foreign++
    const { side, sideSource } = this.#role
    this.append(view, i, entry, timeMs, startMs, side, sideSource, owner, this.#bits(self))
    if (closing && entry !== SCRATCH) c.flags[entry]! |= ConnectionFlag.Awaited
    if (!closing) this.#keep(entry, timeNs, owner, ConnectionFlag.Awaited | (self ? ConnectionFlag.Self : 0))
    if (this.full) this.finish()
    return true
  }

  #bits(self: boolean): number {
    const { closing, established, begins, partial } = this.#role
    return (
      (closing ? RowBit.Closing : 0) |
      (established ? RowBit.Established : 0) |
      (begins ? RowBit.Begins : 0) |
      (partial ? RowBit.Partial : 0) |
      (self ? RowBit.Self : 0)
    )
  }

  /** What a row would have in tx_bytes and rx_bytes. */
  #payload(view: RecordView, i: number, entry: number): number {
    const { connections: c, counters } = this.#p
    const sent = increase(wide(view.bytesSent, i), c.bytesSent[entry]!, counters)
    const again = increase(wide(view.bytesRetrans, i), c.bytesRetrans[entry]!, counters)
    return Math.max(0, sent - again) + increase(wide(view.bytesReceived, i), c.bytesReceived[entry]!, counters)
  }

  /** Keeps what the next record of the connection is judged by; its counters are kept as their columns are written. @param flags of ConnectionFlag */
  #keep(entry: number, timeNs: number, owner: Owner, flags: number): void {
    const { connections: c } = this.#p
    const role = this.#role
    c.lastNs[entry] = timeNs
    c.side[entry] = role.side
    c.sideSource[entry] = role.sideSource
    keepOwner(c, entry, owner)
    c.flags[entry] =
      flags |
      ConnectionFlag.Begun |
      (role.partial ? ConnectionFlag.Partial : 0) |
      (owner.uncertain ? ConnectionFlag.OwnerUncertain : 0)
  }
}
