import { type KernelReasons, RecordFlag, Side, SideSource } from '@headwater/native'
import type { FlowBuffer } from '../columns/flow-buffer.js'
import type { NodeAddresses } from '../endpoints/node-addresses.js'
import type { LeftOut } from '../exclude/left-out.js'
import type { Owner, Owners } from '../identity/owners.js'
import type { SelfEnds } from '../identity/self-ends.js'
import { ConnectionFlag, type Connections, EXPIRY_MS } from '../state/connections.js'
import { SCRATCH } from '../state/cookie-table.js'
import { increase, type RecordCounters } from './counters.js'
import { at, type RecordView, waitedMs, wide } from './record-view.js'
import { type RowRole, RowWriter } from './row-writer.js'
import { guessSide } from './side.js'

const NS_PER_MS = 1e6
/** TCP states before a connection is established: SYN_SENT, SYN_RECV, CLOSE, LISTEN, NEW_SYN_RECV (include/net/tcp_states.h). */
const UNESTABLISHED = new Set([2, 3, 7, 10, 12])

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
export class FlowRows {
  /** Rows written that are not Headwater's own. */
  foreign = 0
  readonly #p: FlowRowsParts
  readonly #writer: RowWriter
  readonly #role: RowRole = {
    closing: false,
    established: false,
    begins: false,
    partial: false,
    side: Side.Unknown,
    sideSource: 0,
  }

  constructor(parts: FlowRowsParts) {
    this.#p = parts
    this.#writer = new RowWriter(parts.buffer, parts.connections, parts.counters, parts.reasons)
  }

  /** @param offsetMs what to add to BOOTTIME in ms for Unix ms @returns whether a row was written */
  add(view: RecordView, i: number, closing: boolean, offsetMs: number): boolean {
    const { connections, counters } = this.#p
    const lo = at(view.cookie.lo, i)
    const hi = at(view.cookie.hi, i)
    const timeNs = wide(view.timeNs, i)
    const found = this.#find(view, i, lo, hi)
    if (found >= 0 && !closing && timeNs < connections.lastNs[found]!) {
      counters.out_of_order++
      return false
    }
    if (!this.#assign(view, i, found, closing, timeNs)) {
      if (found >= 0) connections.remove(found)
      return false
    }
    let entry = found
    if (entry < 0 && !closing) entry = connections.insert(lo, hi)
    if (entry < 0 && !closing) {
      counters.untracked++
      return false
    }
    if (entry < 0) {
      entry = SCRATCH
      connections.clear(SCRATCH)
    }
    if (found < 0) this.#begin(view, i, entry, timeNs / NS_PER_MS + offsetMs, offsetMs)
    const written = this.#write(view, i, entry, timeNs, offsetMs)
    if (closing && found >= 0) connections.remove(found)
    return written
  }

  /**
   * The connection's entry, or -1. A socket may connect again after its end: what began after the last record is another connection,
   * and the close record of the one before was lost.
   */
  #find(view: RecordView, i: number, lo: number, hi: number): number {
    const { connections } = this.#p
    const found = connections.find(lo, hi)
    // Without its slot, or older than the probe, the begin is only when it was first seen.
    const firstSight = (at(view.flags, i) & (RecordFlag.SlotTaken | RecordFlag.Preexisting)) !== 0
    if (found < 0 || firstSight || wide(view.startNs, i) <= connections.lastNs[found]!) return found
    connections.remove(found)
    return -1
  }

  /** Works out the row's role. @returns false where the record makes no row */
  #assign(view: RecordView, i: number, entry: number, closing: boolean, timeNs: number): boolean {
    const { connections, counters } = this.#p
    const role = this.#role
    const flags = at(view.flags, i)
    const before = entry >= 0 ? connections.flags[entry]! : 0
    const begun = (before & ConnectionFlag.Begun) !== 0
    const orphan = (flags & RecordFlag.SlotTaken) !== 0 && entry < 0
    role.closing = closing
    role.established = begun || wide(view.establishedNs, i) > 0 || (orphan && !UNESTABLISHED.has(at(view.oldState, i)))
    this.#assignSide(view, i, entry)
    // An attempt under way shows when it is established or has failed.
    if (!role.established && !closing) return false
    if (!role.established && role.side === Side.Server) {
      counters.embryonic_closes++
      return false
    }
    if (orphan) counters.slot_unknown++
    const late = entry < 0 && connections.expired > 0 && timeNs - wide(view.startNs, i) > EXPIRY_MS * NS_PER_MS
    if (late) counters.late_baselines++
    role.partial = entry >= 0 ? (before & ConnectionFlag.Partial) !== 0 : late || (flags & RecordFlag.Preexisting) !== 0
    role.begins = role.established && !begun && !role.partial
    return true
  }

  #assignSide(view: RecordView, i: number, entry: number): void {
    const { connections } = this.#p
    const role = this.#role
    role.side = at(view.side, i) as Side
    role.sideSource = at(view.sideSource, i)
    // What the handshake told is not unsaid by a record without its slot. Sources are numbered from the surest.
    const knows = entry >= 0 && connections.side[entry] !== Side.Unknown
    if (knows && (role.side === Side.Unknown || connections.sideSource[entry]! < role.sideSource)) {
      role.side = connections.side[entry]! as Side
      role.sideSource = connections.sideSource[entry]!
    }
    if (role.side !== Side.Unknown) return
    role.side = guessSide(at(view.localPort, i), at(view.remotePort, i), this.#p.listens)
    role.sideSource = SideSource.Guess
  }

  /** First record of a connection: when it began, and where a partial one counts from. */
  #begin(view: RecordView, i: number, entry: number, timeMs: number, offsetMs: number): void {
    const { connections: c } = this.#p
    const startNs = wide(view.startNs, i)
    c.start[entry] = startNs > 0 && !this.#role.partial ? startNs / NS_PER_MS + offsetMs : timeMs
    if (this.#role.partial) this.#remember(view, i, entry)
  }

  /** Keeps the counters of a record as the last ones. */
  #remember(view: RecordView, i: number, entry: number): void {
    const { connections: c } = this.#p
    c.bytesSent[entry] = wide(view.bytesSent, i)
    c.bytesRetrans[entry] = wide(view.bytesRetrans, i)
    c.bytesReceived[entry] = wide(view.bytesReceived, i)
    c.segsOut[entry] = at(view.segsOut, i)
    c.segsIn[entry] = at(view.segsIn, i)
    c.retransmits[entry] = at(view.retransmits, i)
    c.resetsTx[entry] = at(view.resetsTx, i)
    c.resetsRx[entry] = at(view.resetsRx, i)
    c.spuriousRetrans[entry] = at(view.spuriousRetrans, i)
    c.reorderings[entry] = at(view.reorderings, i)
    c.cePackets[entry] = at(view.cePackets, i)
    c.drops[entry] = at(view.drops, i)
    c.busyMs[entry] = waitedMs(view.busyUs, i)
    c.rwndLimitedMs[entry] = waitedMs(view.rwndLimitedUs, i)
    c.sndbufLimitedMs[entry] = waitedMs(view.sndbufLimitedUs, i)
    c.zeroWindowsTx[entry] = at(view.zeroWindowsTx, i)
    c.zeroWindowsRx[entry] = at(view.zeroWindowsRx, i)
  }

  #write(view: RecordView, i: number, entry: number, timeNs: number, offsetMs: number): boolean {
    const { buffer, connections: c, addresses, leftOut } = this.#p
    const timeMs = timeNs / NS_PER_MS + offsetMs
    const owner = this.#p.owners.of(view, i, c, entry, timeMs)
    if (leftOut?.covers(view, i, owner)) {
      leftOut.count(this.#payload(view, i, entry))
      if (!this.#role.closing) this.#keep(view, i, entry, timeNs, owner, false)
      return false
    }
    const row = buffer.add()
    this.#writer.write(view, i, entry, row, timeMs, this.#role, owner)
    const local = row * 4
    const ip = buffer.words.local_ip
    addresses.saw(at(view.netns, i), ip[local]!, ip[local + 1]!, ip[local + 2]!, ip[local + 3]!, timeMs)
    const self = (c.flags[entry]! & ConnectionFlag.Self) !== 0 || this.#p.self.isSelf(view, i, owner.pid)
    buffer.scalars.self[row] = self ? 1 : 0
    if (!self) this.foreign++
    if (!this.#role.closing) this.#keep(view, i, entry, timeNs, owner, self)
    return true
  }

  /** What a row would have in tx_bytes and rx_bytes. */
  #payload(view: RecordView, i: number, entry: number): number {
    const { connections: c, counters } = this.#p
    const sent = increase(wide(view.bytesSent, i), c.bytesSent[entry]!, counters)
    const again = increase(wide(view.bytesRetrans, i), c.bytesRetrans[entry]!, counters)
    return Math.max(0, sent - again) + increase(wide(view.bytesReceived, i), c.bytesReceived[entry]!, counters)
  }

  /** Keeps what the next record of the connection is measured against. */
  #keep(view: RecordView, i: number, entry: number, timeNs: number, owner: Owner, self: boolean): void {
    const { connections: c } = this.#p
    const role = this.#role
    this.#remember(view, i, entry)
    c.lastNs[entry] = timeNs
    c.side[entry] = role.side
    c.sideSource[entry] = role.sideSource
    c.pid[entry] = owner.pid
    c.uid[entry] = owner.uid
    c.comm[entry] = owner.comm
    c.cgroup[entry * 2] = owner.cgroupLo
    c.cgroup[entry * 2 + 1] = owner.cgroupHi
    c.identity[entry] = owner.identity
    c.ownerSource[entry] = owner.source
    c.flags[entry] =
      ConnectionFlag.Begun |
      (role.partial ? ConnectionFlag.Partial : 0) |
      (self ? ConnectionFlag.Self : 0) |
      (owner.uncertain ? ConnectionFlag.OwnerUncertain : 0)
  }
}
