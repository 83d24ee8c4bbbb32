import { RecordFlag, Side } from '@headwater/native'
import type { FlowBuffer } from '../columns/flow-buffer.js'
import type { AddressWords } from '../endpoints/address.js'
import type { DatagramServers } from '../endpoints/datagram-servers.js'
import type { NodeAddresses } from '../endpoints/node-addresses.js'
import type { LeftOut } from '../exclude/left-out.js'
import type { Owner, Owners } from '../identity/owners.js'
import type { SelfEnds } from '../identity/self-ends.js'
import { ConnectionFlag } from '../state/connections.js'
import type { Conversations } from '../state/conversations.js'
import { SCRATCH } from '../state/cookie-table.js'
import { isLoopback, scopeOf, writeConversationId } from './conversation-id.js'
import { increase, increase32, type RecordCounters } from './counters.js'
import { at, type RecordView, setWide, wide } from './record-view.js'
import { RowWriter } from './row-writer.js'

const NS_PER_MS = 1e6

export interface DatagramRowsParts {
  buffer: FlowBuffer
  conversations: Conversations
  owners: Owners
  self: SelfEnds
  addresses: NodeAddresses
  servers: DatagramServers
  counters: RecordCounters
  /** Default: nothing is left out. */
  leftOut?: LeftOut | undefined
  /** Where addresses are unique, but for those of loopback; and the agent's own instance, where these are. */
  realm: string
  instance: string
}

/**
 * Records of UDP conversations to rows of the flow table: the increase since the conversation's last row. UDP has no connections, so
 * connects, accepts, closes and failures stay 0; the last row has `open` 0. README.md, "UDP".
 */
export class DatagramRows {
  /** Rows written that are not Headwater's own. */
  foreign = 0
  readonly #p: DatagramRowsParts
  readonly #writer: RowWriter
  readonly #realm: number
  readonly #instance: number

  constructor(parts: DatagramRowsParts) {
    this.#p = parts
    this.#writer = new RowWriter(parts.buffer)
    this.#realm = scopeOf(parts.realm)
    this.#instance = scopeOf(parts.instance)
  }

  /** @param offsetMs what to add to BOOTTIME in ms for Unix ms @returns whether a row was written */
  add(view: RecordView, i: number, ending: boolean, offsetMs: number): boolean {
    const { conversations: c, counters } = this.#p
    const lo = at(view.conversation.lo, i)
    const hi = at(view.conversation.hi, i)
    const timeNs = wide(view.timeNs, i)
    const found = c.find(lo, hi)
    if (found >= 0 && timeNs < c.lastNs[found]!) {
      counters.out_of_order++
      return false
    }
    let entry = found >= 0 || ending ? found : c.insert(lo, hi)
    if (entry < 0 && !ending) {
      counters.untracked++
      return false
    }
    if (entry < 0) {
      entry = SCRATCH
      c.clear(SCRATCH)
    }
    if (found < 0) c.start[entry] = wide(view.startNs, i) / NS_PER_MS + offsetMs
    const written = this.#write(view, i, entry, ending, timeNs, offsetMs)
    if (ending && found >= 0) c.remove(found)
    return written
  }

  #write(view: RecordView, i: number, entry: number, ending: boolean, timeNs: number, offsetMs: number): boolean {
    const { buffer, conversations: c, counters, leftOut } = this.#p
    const timeMs = timeNs / NS_PER_MS + offsetMs
    const owner = this.#p.owners.of(view, i, c, entry, timeMs)
    if (leftOut?.covers(view, i, owner)) {
      const sent = increase(wide(view.bytesSent, i), c.bytesSent[entry]!, counters)
      leftOut.count(sent + increase(wide(view.bytesReceived, i), c.bytesReceived[entry]!, counters))
      if (!ending) this.#keep(view, i, entry, timeNs, owner, false)
      return false
    }
    const row = buffer.addEmpty()
    try {
      this.#fill(view, i, entry, row, ending, timeNs, timeMs, owner)
    } catch (cause) {
      // Half a row is none.
      buffer.rows = row
      throw cause
    }
    return true
  }

  #fill(
    view: RecordView,
    i: number,
    entry: number,
    row: number,
    ending: boolean,
    timeNs: number,
    timeMs: number,
    owner: Owner,
  ): void {
    const { buffer, conversations: c, addresses, self } = this.#p
    const { words, scalars } = buffer
    setWide(words.time, row, timeMs)
    setWide(words.start, row, Math.min(c.start[entry]!, timeMs))
    words.cookie[row * 2] = at(view.cookie.lo, i)
    words.cookie[row * 2 + 1] = at(view.cookie.hi, i)
    const partial = (at(view.flags, i) & RecordFlag.Preexisting) !== 0
    const side = at(view.side, i) as Side
    this.#writer.writeEnds(view, i, row, { side, sideSource: at(view.sideSource, i), partial })
    this.#writeId(row)
    this.#writeCounters(view, i, entry, row)
    scalars.open[row] = ending ? 0 : 1
    this.#writer.writeOwner(owner, row)
    const ip = words.local_ip
    const local = row * 4
    addresses.saw(at(view.netns, i), ip[local]!, ip[local + 1]!, ip[local + 2]!, ip[local + 3]!, timeMs)
    if (side === Side.Server && owner.pid !== 0) {
      const address: AddressWords = [ip[local]!, ip[local + 1]!, ip[local + 2]!, ip[local + 3]!]
      const port = at(view.localPort, i)
      this.#p.servers.seen(at(view.netns, i), address, port, owner, c.start[entry]!, timeNs / NS_PER_MS)
    }
    const own = (c.flags[entry]! & ConnectionFlag.Self) !== 0 || self.owns(owner.pid)
    scalars.self[row] = own ? 1 : 0
    if (!own) this.foreign++
    if (!ending) this.#keep(view, i, entry, timeNs, owner, own)
  }

  #writeId(row: number): void {
    const { words, scalars } = this.#p.buffer
    const local = { words: words.local_ip, at: row * 4, port: scalars.local_port[row]! }
    const remote = { words: words.remote_ip, at: row * 4, port: scalars.remote_port[row]! }
    const scope = isLoopback(remote) ? (this.#instance ^ scalars.netns[row]!) >>> 0 : this.#realm
    writeConversationId(words.connection_id, row * 2, local, remote, scope)
  }

  #writeCounters(view: RecordView, i: number, entry: number, row: number): void {
    const { buffer, conversations: c, counters } = this.#p
    const { words, scalars } = buffer
    setWide(words.tx_bytes, row, increase(wide(view.bytesSent, i), c.bytesSent[entry]!, counters))
    setWide(words.rx_bytes, row, increase(wide(view.bytesReceived, i), c.bytesReceived[entry]!, counters))
    setWide(words.tx_packets, row, increase32(at(view.segsOut, i), c.segsOut[entry]!, counters))
    setWide(words.rx_packets, row, increase32(at(view.segsIn, i), c.segsIn[entry]!, counters))
    setWide(words.tx_wire_bytes, row, increase(wide(view.wireSent, i), c.wireSent[entry]!, counters))
    setWide(words.rx_wire_bytes, row, increase(wide(view.wireReceived, i), c.wireReceived[entry]!, counters))
    scalars.drops[row] = increase32(at(view.drops, i), c.drops[entry]!, counters)
    scalars.icmp_errors[row] = increase32(at(view.icmpErrors, i), c.icmpErrors[entry]!, counters)
  }

  /** Keeps what the next record of the conversation is measured against. */
  #keep(view: RecordView, i: number, entry: number, timeNs: number, owner: Owner, self: boolean): void {
    const { conversations: c } = this.#p
    c.lastNs[entry] = timeNs
    c.bytesSent[entry] = wide(view.bytesSent, i)
    c.bytesReceived[entry] = wide(view.bytesReceived, i)
    c.segsOut[entry] = at(view.segsOut, i)
    c.segsIn[entry] = at(view.segsIn, i)
    c.wireSent[entry] = wide(view.wireSent, i)
    c.wireReceived[entry] = wide(view.wireReceived, i)
    c.drops[entry] = at(view.drops, i)
    c.icmpErrors[entry] = at(view.icmpErrors, i)
    c.pid[entry] = owner.pid
    c.uid[entry] = owner.uid
    c.comm[entry] = owner.comm
    c.cgroup[entry * 2] = owner.cgroupLo
    c.cgroup[entry * 2 + 1] = owner.cgroupHi
    c.identity[entry] = owner.identity
    c.ownerSource[entry] = owner.source
    c.flags[entry] = (self ? ConnectionFlag.Self : 0) | (owner.uncertain ? ConnectionFlag.OwnerUncertain : 0)
  }
}
