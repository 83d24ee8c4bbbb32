import { type ColumnStep, Side } from '@headwater/native'
import type { FlowBuffer } from '../columns/flow-buffer.js'
import type { Connections } from '../state/connections.js'
import { SCRATCH } from '../state/cookie-table.js'
import { writeConnectionId } from './connection-id.js'
import { BLOCK_ROWS, type FlowBlock, RowBit } from './flow-block.js'
import { type RecordView, setWide } from './record-view.js'
import { headerBytes, synBytes } from './wire.js'

const V4_MAPPED = 0xffff0000

/** Columns of what went each way, and of the connection's id. */
export class BlockTraffic {
  readonly #sent = new Float64Array(BLOCK_ROWS)
  readonly #again = new Float64Array(BLOCK_ROWS)
  readonly #received = new Float64Array(BLOCK_ROWS)
  readonly #segsOut = new Uint32Array(BLOCK_ROWS)
  readonly #segsIn = new Uint32Array(BLOCK_ROWS)

  constructor(
    private readonly buffer: FlowBuffer,
    private readonly connections: Connections,
  ) {}

  /** What is done before `write`. */
  steps(): ColumnStep[] {
    const { buffer, connections: c } = this
    const { rx_bytes, retransmit_bytes } = buffer.words
    return [
      { rule: 'increase', field: 'bytes_sent', to: this.#sent, aside: true, last: c.bytesSent },
      { rule: 'increase', field: 'bytes_retrans', to: this.#again, aside: true, last: c.bytesRetrans },
      { rule: 'increase', field: 'bytes_received', to: this.#received, aside: true, last: c.bytesReceived },
      { rule: 'increase', field: 'segs_out', to: this.#segsOut, aside: true, last: c.segsOut },
      { rule: 'increase', field: 'segs_in', to: this.#segsIn, aside: true, last: c.segsIn },
      { rule: 'whole', from: this.#received, to: rx_bytes },
      { rule: 'whole', from: this.#again, to: retransmit_bytes },
    ]
  }

  write(block: FlowBlock, view: RecordView): void {
    this.#writePackets(block, view)
    this.#writeIds(block, view)
  }

  #writePackets({ length, firstRow, base, bits, side }: FlowBlock, { tcpHeaderLen }: RecordView): void {
    const { words } = this.buffer
    const { tx_bytes, tx_packets, rx_packets, tx_wire_bytes, rx_wire_bytes, remote_ip } = words
    const { array, first } = tcpHeaderLen
    for (let r = 0; r < length; r++) {
      const row = firstRow + r
      const begins = (bits[r]! & RowBit.Begins) !== 0
      const tcpHeader = array[first + base[r]!]!
      // A v4-mapped socket speaks IPv4.
      const ip = row * 4
      const mapped = remote_ip[ip + 2] === V4_MAPPED && remote_ip[ip] === 0 && remote_ip[ip + 1] === 0
      const header = headerBytes(mapped, tcpHeader)
      const syn = begins ? synBytes(tcpHeader) : 0
      // The socket of an accepted connection is made when its SYN and ACK was sent: it counts what came, but not that.
      const out = this.#segsOut[r]! + (begins && side[r] === Side.Server ? 1 : 0)
      const segsIn = this.#segsIn[r]!
      const sent = this.#sent[r]!
      setWide(tx_bytes, row, Math.max(0, sent - this.#again[r]!))
      setWide(tx_packets, row, out)
      setWide(rx_packets, row, segsIn)
      setWide(tx_wire_bytes, row, sent + out * header + syn)
      setWide(rx_wire_bytes, row, this.#received[r]! + segsIn * header + syn)
    }
  }

  #writeIds({ length, firstRow, base, entry, side }: FlowBlock, { clientIsn, serverIsn }: RecordView): void {
    const ids = this.buffer.words.connection_id
    const known = this.connections.connectionId
    for (let r = 0; r < length; r++) {
      const client = clientIsn.array[clientIsn.first + base[r]!]!
      const server = serverIsn.array[serverIsn.first + base[r]!]!
      const to = (firstRow + r) * 2
      // Both ends of a simultaneous open take themselves for the client: they agree on an order instead.
      if (side[r] === Side.Peer) writeConnectionId(ids, to, Math.min(client, server), Math.max(client, server))
      else writeConnectionId(ids, to, client, server)
      const kept = entry[r]! * 2
      if (ids[to] === 0 && ids[to + 1] === 0) {
        ids[to] = known[kept]!
        ids[to + 1] = known[kept + 1]!
      } else if (kept !== SCRATCH) {
        known[kept] = ids[to]!
        known[kept + 1] = ids[to + 1]!
      }
    }
  }
}
