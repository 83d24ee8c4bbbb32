import { RecordFlag, Side } from '@headwater/native'
import type { FlowBuffer } from '../columns/flow-buffer.js'
import type { DatagramServers } from '../endpoints/datagram-servers.js'
import type { NodeAddresses } from '../endpoints/node-addresses.js'
import type { LeftOut } from '../exclude/left-out.js'
import { keepOwner, type Owner, type Owners } from '../identity/owners.js'
import type { SelfEnds } from '../identity/self-ends.js'
import { ConnectionFlag } from '../state/connections.js'
import type { Conversations } from '../state/conversations.js'
import { SCRATCH } from '../state/cookie-table.js'
import { BlockRows } from './block-rows.js'
import { increase, type RecordCounters } from './counters.js'
import { DatagramColumns } from './datagram-columns.js'
import { RowBit } from './flow-block.js'
import { byteAt, type RecordView, shortAt, wide, wordAt } from './record-view.js'

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
export class DatagramRows extends BlockRows {
  readonly #p: DatagramRowsParts
  readonly #columns: DatagramColumns

  constructor(parts: DatagramRowsParts) {
    super(parts.buffer, parts.conversations)
    this.#p = parts
    this.#columns = new DatagramColumns({ ...parts, block: this.block, owners: this.owners })
  }

  override turn(): void {
    super.turn()
    this.#p.servers.turn()
  }

  protected override writeColumns(view: RecordView): void {
    this.#columns.write(view)
  }

  /** @param offsetMs what to add to BOOTTIME in ms for Unix ms @returns whether it makes a row, which stands with the next `finish` */
  add(view: RecordView, i: number, ending: boolean, offsetMs: number): boolean {
    const { conversations: c, counters } = this.#p
    const lo = wordAt(view.conversation.lo, i)
    const hi = wordAt(view.conversation.hi, i)
    const timeNs = wide(view.timeNs, i)
    const found = this.find(lo, hi)
    if (found >= 0 && timeNs < c.lastNs[found]!) {
      counters.out_of_order++
      return false
    }
    const entry = found >= 0 ? found : ending ? SCRATCH : c.insert(lo, hi)
    if (entry < 0) {
      counters.untracked++
      return false
    }
    const startMs = found >= 0 ? c.start[entry]! : wide(view.startNs, i) / NS_PER_MS + offsetMs
    if (entry !== SCRATCH) c.start[entry] = startMs
    const written = this.#decide(view, i, entry, ending, timeNs, startMs, offsetMs)
    if (ending && found >= 0 && !written) c.remove(found)
    return written
  }

  /** @returns false where the row is left out */
  #decide(
    view: RecordView,
    i: number,
    entry: number,
    ending: boolean,
    timeNs: number,
    startMs: number,
    offsetMs: number,
  ): boolean {
    const { conversations: c, counters, leftOut } = this.#p
    const timeMs = timeNs / NS_PER_MS + offsetMs
    const owner = this.#p.owners.of(view, i, c, entry, timeMs)
    if (leftOut?.covers(view, i, owner)) {
      const sent = increase(wide(view.bytesSent, i), c.bytesSent[entry]!, counters)
      leftOut.count(sent + increase(wide(view.bytesReceived, i), c.bytesReceived[entry]!, counters))
      if (ending) return false
      this.#remember(view, i, entry)
      this.#keep(entry, timeNs, owner, 0)
      return false
    }
    const self = (c.flags[entry]! & ConnectionFlag.Self) !== 0 || this.#p.self.owns(owner.pid)
    if (!self) this.foreign++
    this.#see(view, i, owner, timeNs, startMs, timeMs)
    const partial = (byteAt(view.flags, i) & RecordFlag.Preexisting) !== 0
    const bits = (ending ? RowBit.Closing : 0) | (partial ? RowBit.Partial : 0) | (self ? RowBit.Self : 0)
    const [side, sideSource] = [byteAt(view.side, i), byteAt(view.sideSource, i)]
    this.append(view, i, entry, timeMs, startMs, side, sideSource, owner, bits)
    if (!ending) this.#keep(entry, timeNs, owner, ConnectionFlag.Awaited | (self ? ConnectionFlag.Self : 0))
    else if (entry !== SCRATCH) c.flags[entry]! |= ConnectionFlag.Awaited
    if (this.full) this.finish()
    return true
  }

  /** Takes note of the row's own end: an address of this node, and a server there. */
  #see(view: RecordView, i: number, owner: Owner, timeNs: number, startMs: number, timeMs: number): void {
    const netns = wordAt(view.netns, i)
    const { words, first, step } = view.localIp
    const ip = first + i * step
    this.#p.addresses.saw(netns, words[ip]!, words[ip + 1]!, words[ip + 2]!, words[ip + 3]!, timeMs)
    if (byteAt(view.side, i) !== Side.Server || owner.pid === 0) return
    this.#p.servers.seen(netns, words, ip, shortAt(view.localPort, i), owner, startMs, timeNs / NS_PER_MS)
  }

  /** Keeps the counters of a record as the last ones: of a row that is written its columns do so. */
  #remember(view: RecordView, i: number, entry: number): void {
    const { conversations: c } = this.#p
    c.bytesSent[entry] = wide(view.bytesSent, i)
    c.bytesReceived[entry] = wide(view.bytesReceived, i)
    c.segsOut[entry] = wordAt(view.segsOut, i)
    c.segsIn[entry] = wordAt(view.segsIn, i)
    c.wireSent[entry] = wide(view.wireSent, i)
    c.wireReceived[entry] = wide(view.wireReceived, i)
    c.drops[entry] = wordAt(view.drops, i)
    c.icmpErrors[entry] = wordAt(view.icmpErrors, i)
  }

  /** Keeps what the next record of the conversation is judged by. @param flags of ConnectionFlag */
  #keep(entry: number, timeNs: number, owner: Owner, flags: number): void {
    const { conversations: c } = this.#p
    c.lastNs[entry] = timeNs
    keepOwner(c, entry, owner)
    c.flags[entry] = flags | (owner.uncertain ? ConnectionFlag.OwnerUncertain : 0)
  }
}
