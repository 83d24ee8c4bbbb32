import { RecordFlag, Side, SideSource } from '@headwater/native'
import { ConnectionFlag, type Connections, EXPIRY_MS } from '../state/connections.js'
import type { RecordCounters } from './counters.js'
import { byteAt, type RecordView, shortAt, wide } from './record-view.js'
import { guessSide } from './side.js'

const NS_PER_MS = 1e6
/** TCP states before a connection is established: SYN_SENT, SYN_RECV, CLOSE, LISTEN, NEW_SYN_RECV (include/net/tcp_states.h). */
const UNESTABLISHED = new Set([2, 3, 7, 10, 12])

/** How the row of a record stands in its connection's life. One object for all: it holds until the next `assign`. */
export class RowRole {
  closing = false
  established = false
  /** The connection's first row that shows it as established. */
  begins = false
  partial = false
  side: Side = Side.Unknown
  sideSource = 0

  /** @param listens does a socket of this node listen on the port? */
  constructor(
    private readonly connections: Connections,
    private readonly counters: RecordCounters,
    private readonly listens: (port: number) => boolean,
  ) {}

  /** Works it out. @param entry the connection's, or -1 @returns false where the record makes no row */
  assign(view: RecordView, i: number, entry: number, closing: boolean, timeNs: number): boolean {
    const { connections, counters } = this
    const flags = byteAt(view.flags, i)
    const before = entry >= 0 ? connections.flags[entry]! : 0
    const begun = (before & ConnectionFlag.Begun) !== 0
    const orphan = (flags & RecordFlag.SlotTaken) !== 0 && entry < 0
    this.closing = closing
    this.established =
      begun || wide(view.establishedNs, i) > 0 || (orphan && !UNESTABLISHED.has(byteAt(view.oldState, i)))
    this.#assignSide(view, i, entry)
    // An attempt under way shows when it is established or has failed.
    if (!this.established && !closing) return false
    if (!this.established && this.side === Side.Server) {
      counters.embryonic_closes++
      return false
    }
    if (orphan) counters.slot_unknown++
    const late = entry < 0 && connections.expired > 0 && timeNs - wide(view.startNs, i) > EXPIRY_MS * NS_PER_MS
    if (late) counters.late_baselines++
    this.partial = entry >= 0 ? (before & ConnectionFlag.Partial) !== 0 : late || (flags & RecordFlag.Preexisting) !== 0
    this.begins = this.established && !begun && !this.partial
    return true
  }

  #assignSide(view: RecordView, i: number, entry: number): void {
    const { connections } = this
    this.side = byteAt(view.side, i) as Side
    this.sideSource = byteAt(view.sideSource, i)
    // What the handshake told is not unsaid by a record without its slot. Sources are numbered from the surest.
    const knows = entry >= 0 && connections.side[entry] !== Side.Unknown
    if (knows && (this.side === Side.Unknown || connections.sideSource[entry]! < this.sideSource)) {
      this.side = connections.side[entry]! as Side
      this.sideSource = connections.sideSource[entry]!
    }
    if (this.side !== Side.Unknown) return
    this.side = guessSide(shortAt(view.localPort, i), shortAt(view.remotePort, i), this.listens)
    this.sideSource = SideSource.Guess
  }
}
