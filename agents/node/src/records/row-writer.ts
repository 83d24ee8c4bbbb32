import { type KernelReasons, RecordFlag, Side } from '@headwater/native'
import type { FlowBuffer } from '../columns/flow-buffer.js'
import type { Owner } from '../identity/owners.js'
import type { Connections } from '../state/connections.js'
import { closeReason } from './close.js'
import { writeConnectionId } from './connection-id.js'
import { increase, increase16, increase32, type RecordCounters } from './counters.js'
import { failureReason } from './failure.js'
import { at, type RecordView, waitedMs, wide } from './record-view.js'
import { ownerSourceNames, sideNames, sideSourceNames } from './side.js'
import { headerBytes, synBytes } from './wire.js'

const V4_MAPPED = 0xffff0000

/** How a row stands in its connection's life. */
export interface RowRole {
  closing: boolean
  established: boolean
  /** The connection's first row that shows it as established. */
  begins: boolean
  partial: boolean
  side: Side
  sideSource: number
}

type Sides = Pick<RowRole, 'side' | 'sideSource' | 'partial'>

export const setWide = (words: Uint32Array, row: number, value: number): void => {
  words[row * 2] = value
  words[row * 2 + 1] = value / 2 ** 32
}

/** Writes every column of one row, from the record and from the last values of its connection. */
export class RowWriter {
  constructor(
    private readonly buffer: FlowBuffer,
    private readonly connections: Connections,
    private readonly counters: RecordCounters,
    private readonly reasons: () => KernelReasons,
  ) {}

  /** @param entry the connection's, SCRATCH where it is not kept @param timeMs Unix ms */
  write(view: RecordView, i: number, entry: number, row: number, timeMs: number, role: RowRole, owner: Owner): void {
    const { words } = this.buffer
    setWide(words.time, row, timeMs)
    setWide(words.start, row, Math.min(this.connections.start[entry]!, timeMs))
    words.cookie[row * 2] = at(view.cookie.lo, i)
    words.cookie[row * 2 + 1] = at(view.cookie.hi, i)
    this.writeEnds(view, i, row, role, 'tcp')
    this.#writeConnectionId(view, i, entry, row, role.side)
    this.#writeEvents(view, i, row, role)
    this.#writeCounters(view, i, entry, row, role)
    this.#writeTroubles(view, i, entry, row)
    this.#writeWaits(view, i, entry, row)
    this.#writeEnd(view, i, row, role)
    this.writeOwner(owner, row)
  }

  writeEnds(view: RecordView, i: number, row: number, role: Sides, transport: 'tcp' | 'udp'): void {
    const { scalars, strings, words } = this.buffer
    scalars.netns[row] = at(view.netns, i)
    scalars.local_port[row] = at(view.localPort, i)
    scalars.remote_port[row] = at(view.remotePort, i)
    const { localIp, remoteIp } = view
    const from = localIp.first + i * localIp.step
    const to = remoteIp.first + i * remoteIp.step
    for (let w = 0; w < 4; w++) {
      words.local_ip[row * 4 + w] = localIp.words[from + w]!
      words.remote_ip[row * 4 + w] = remoteIp.words[to + w]!
    }
    strings.transport.set(row, transport)
    strings.protocol_hint.set(row, (at(view.flags, i) & RecordFlag.Quic) !== 0 ? 'quic' : '')
    strings.side.set(row, sideNames[role.side] ?? '')
    strings.side_source.set(row, sideSourceNames[role.sideSource] ?? '')
    scalars.partial[row] = role.partial ? 1 : 0
  }

  #writeConnectionId(view: RecordView, i: number, entry: number, row: number, side: Side): void {
    const { buffer, connections: c } = this
    const ids = buffer.words.connection_id
    const client = at(view.clientIsn, i)
    const server = at(view.serverIsn, i)
    // Both ends of a simultaneous open take themselves for the client: they agree on an order instead.
    if (side === Side.Peer) writeConnectionId(ids, row * 2, Math.min(client, server), Math.max(client, server))
    else writeConnectionId(ids, row * 2, client, server)
    const unknown = ids[row * 2] === 0 && ids[row * 2 + 1] === 0
    for (let w = 0; w < 2; w++) {
      if (unknown) ids[row * 2 + w] = c.connectionId[entry * 2 + w]!
      else c.connectionId[entry * 2 + w] = ids[row * 2 + w]!
    }
  }

  #writeEvents(view: RecordView, i: number, row: number, role: RowRole): void {
    const { scalars } = this.buffer
    const { closing, established, begins, side } = role
    const failed = closing && !established
    scalars.open[row] = closing ? 0 : 1
    scalars.connects[row] = begins && side !== Side.Server ? 1 : 0
    scalars.accepts[row] = begins && side === Side.Server ? 1 : 0
    scalars.closes[row] = closing && established ? 1 : 0
    scalars.failures[row] = failed ? 1 : 0
    // Known when the handshake is over: with the first row, or with the only one of an attempt that failed.
    scalars.syn_retransmits[row] = begins || failed ? at(view.synRetrans, i) : 0
    scalars.connect_us[row] = begins ? at(view.connectUs, i) : 0
    scalars.srtt_us[row] = at(view.srttUs, i)
    scalars.rttvar_us[row] = at(view.rttvarUs, i)
    scalars.min_rtt_us[row] = at(view.minRttUs, i)
  }

  #writeCounters(view: RecordView, i: number, entry: number, row: number, role: RowRole): void {
    const { buffer, connections: c, counters } = this
    const { scalars, words } = buffer
    const sent = increase(wide(view.bytesSent, i), c.bytesSent[entry]!, counters)
    const again = increase(wide(view.bytesRetrans, i), c.bytesRetrans[entry]!, counters)
    const received = increase(wide(view.bytesReceived, i), c.bytesReceived[entry]!, counters)
    // The socket of an accepted connection is made when its SYN and ACK was sent: it counts what came, but not that.
    const sentBefore = role.begins && role.side === Side.Server ? 1 : 0
    const segsOut = increase32(at(view.segsOut, i), c.segsOut[entry]!, counters) + sentBefore
    const segsIn = increase32(at(view.segsIn, i), c.segsIn[entry]!, counters)
    const mapped = words.remote_ip[row * 4 + 2] === V4_MAPPED
    const header = headerBytes(
      mapped && words.remote_ip[row * 4] === 0 && words.remote_ip[row * 4 + 1] === 0,
      at(view.tcpHeaderLen, i),
    )
    setWide(words.tx_bytes, row, Math.max(0, sent - again))
    setWide(words.rx_bytes, row, received)
    setWide(words.tx_packets, row, segsOut)
    setWide(words.rx_packets, row, segsIn)
    const syn = role.begins ? synBytes(at(view.tcpHeaderLen, i)) : 0
    setWide(words.tx_wire_bytes, row, sent + segsOut * header + syn)
    setWide(words.rx_wire_bytes, row, received + segsIn * header + syn)
    setWide(words.retransmit_bytes, row, again)
    scalars.retransmits[row] = increase32(at(view.retransmits, i), c.retransmits[entry]!, counters)
  }

  #writeTroubles(view: RecordView, i: number, entry: number, row: number): void {
    const { connections: c, counters } = this
    const { scalars, strings } = this.buffer
    scalars.spurious_retransmits[row] = increase32(at(view.spuriousRetrans, i), c.spuriousRetrans[entry]!, counters)
    scalars.reorderings[row] = increase32(at(view.reorderings, i), c.reorderings[entry]!, counters)
    scalars.ecn[row] = at(view.ecn, i) > 0 ? 1 : 0
    scalars.ce_packets[row] = increase32(at(view.cePackets, i), c.cePackets[entry]!, counters)
    scalars.zero_windows_tx[row] = increase16(at(view.zeroWindowsTx, i), c.zeroWindowsTx[entry]!, counters)
    scalars.zero_windows_rx[row] = increase16(at(view.zeroWindowsRx, i), c.zeroWindowsRx[entry]!, counters)
    scalars.drops[row] = increase32(at(view.drops, i), c.drops[entry]!, counters)
    scalars.icmp_errors[row] = 0
    const resets = increase32(at(view.resetsTx, i), c.resetsTx[entry]!, counters)
    scalars.resets_tx[row] = resets
    scalars.resets_rx[row] = increase32(at(view.resetsRx, i), c.resetsRx[entry]!, counters)
    const reason = resets > 0 ? at(view.resetReason, i) : 0
    strings.reset_reason.set(row, reason > 0 ? (this.reasons().reset[reason] ?? '') : '')
  }

  #writeWaits(view: RecordView, i: number, entry: number, row: number): void {
    const { connections: c, counters } = this
    const { words } = this.buffer
    const waited = (now: number, last: number) => increase32(now, last, counters) * 1000
    setWide(words.busy_us, row, waited(waitedMs(view.busyUs, i), c.busyMs[entry]!))
    setWide(words.rwnd_limited_us, row, waited(waitedMs(view.rwndLimitedUs, i), c.rwndLimitedMs[entry]!))
    setWide(words.sndbuf_limited_us, row, waited(waitedMs(view.sndbufLimitedUs, i), c.sndbufLimitedMs[entry]!))
  }

  #writeEnd(view: RecordView, i: number, row: number, { closing, established }: RowRole): void {
    const { strings } = this.buffer
    const errno = at(view.err, i)
    let failure = ''
    let close = ''
    if (closing && established) close = closeReason(errno, at(view.oldState, i), at(view.resetsTx, i))
    else if (closing) {
      const drop = this.#drop(at(view.dropReason, i))
      failure = failureReason(errno || at(view.errSoft, i), drop, at(view.localPort, i))
    }
    strings.failure_reason.set(row, failure)
    strings.close_reason.set(row, close)
  }

  #drop(reason: number): string {
    return reason > 0 ? (this.reasons().drop[reason] ?? '') : ''
  }

  writeOwner(owner: Owner, row: number): void {
    const { scalars, strings, words } = this.buffer
    scalars.pid[row] = owner.pid
    scalars.uid[row] = owner.uid
    scalars.owner_uncertain[row] = owner.uncertain ? 1 : 0
    words.cgroup_id[row * 2] = owner.cgroupLo
    words.cgroup_id[row * 2 + 1] = owner.cgroupHi
    const { identity } = owner
    const { container } = identity
    strings.process.set(row, identity.process)
    strings.comm.set(row, owner.comm)
    strings.container_id.set(row, container.id)
    strings.container_name.set(row, container.name)
    strings.container_image.set(row, container.image)
    setWide(words.process_start, row, identity.start)
    strings.unit.set(row, identity.unit)
    strings.local_namespace.set(row, identity.namespace)
    strings.local_service.set(row, identity.service)
    strings.service_source.set(row, identity.serviceSource)
    strings.owner_source.set(row, ownerSourceNames[owner.source] ?? '')
  }
}
