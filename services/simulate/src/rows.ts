import { type NodeColumns, SIDE } from './node-columns.js'
import type { Numbers } from './numbers.js'
import type { Edge, Workload } from './plan.js'
import { noTruth, type Truth } from './truth.js'

/** What both ends see of one call. */
interface Call {
  time: number
  connection: bigint
  clientPort: number
  up: number
  down: number
  connects: boolean
  failed: boolean
  ends: boolean
  rttUs: number
  lost: number
}

const MSS = 1448
const packetsOf = (bytes: number) => Math.ceil(bytes / MSS) + 2

/** Writes rows of one node's batch to come, and adds up what they must come to. */
export class Rows {
  truth: Truth = noTruth()
  #serial = 0

  constructor(
    readonly node: number,
    readonly columns: NodeColumns,
  ) {}

  get room(): number {
    return this.columns.capacity - this.columns.rows
  }

  /** One call over an edge, as both ends tell of it. @returns rows written: 2, or 1 of an attempt that failed */
  static call(edge: Edge, client: Rows, server: Rows, time: number, numbers: Numbers): number {
    const kept = numbers.below(16) < edge.kept
    const failed = !kept && numbers.below(500) === 0
    const call: Call = {
      time,
      // A kept connection is one and the same in each interval.
      connection: kept
        ? (BigInt(edge.client.netns) << 32n) | BigInt(edge.server.netns)
        : (BigInt(numbers.next()) << 32n) | BigInt(numbers.next()),
      clientPort: kept ? 32_768 + (edge.server.pid % 28_000) : 32_768 + numbers.below(28_000),
      up: failed ? 0 : numbers.skewed(600),
      down: failed ? 0 : numbers.skewed(4000),
      connects: !kept && !failed,
      failed,
      ends: !kept && !failed,
      rttUs: 80 + numbers.skewed(200),
      lost: numbers.below(100) === 0 ? 1 + numbers.below(3) : 0,
    }
    client.#write(edge.client, edge.server, call, true)
    if (failed) return 1
    server.#write(edge.server, edge.client, call, false)
    return 2
  }

  #write(own: Workload, other: Workload, call: Call, isClient: boolean): void {
    const { columns, truth } = this
    const row = columns.rows++
    const c = columns.taken
    const serial = (BigInt(this.node + 1) << 32n) | BigInt(++this.#serial)
    const [tx, rx] = isClient ? [call.up, call.down] : [call.down, call.up]
    const [txPackets, rxPackets] = [packetsOf(tx), packetsOf(rx)]
    c.time[row] = BigInt(call.time)
    c.start[row] = BigInt(call.time - (call.connects ? (call.rttUs >> 7) + 1 : 60_000 + (own.pid % 9000)))
    c.netns[row] = own.netns
    c.cookie[row] = serial
    c.connection_id[row] = call.failed ? 0n : call.connection
    c.side.indices[row] = isClient ? SIDE.client : SIDE.server
    c.side_source.indices[row] = 1
    c.open[row] = call.connects || call.failed ? 0 : 1
    c.local_ip.set(own.address, row * 16)
    c.remote_ip.set(other.address, row * 16)
    c.local_port[row] = isClient ? call.clientPort : own.port
    c.remote_port[row] = isClient ? other.port : call.clientPort
    c.tx_bytes[row] = BigInt(tx)
    c.rx_bytes[row] = BigInt(rx)
    c.tx_packets[row] = BigInt(txPackets)
    c.rx_packets[row] = BigInt(rxPackets)
    c.tx_wire_bytes[row] = BigInt(tx + 52 * txPackets)
    c.rx_wire_bytes[row] = BigInt(rx + 52 * rxPackets)
    c.connects[row] = isClient && call.connects ? 1 : 0
    c.accepts[row] = !isClient && call.connects ? 1 : 0
    c.closes[row] = call.ends ? 1 : 0
    c.failures[row] = call.failed ? 1 : 0
    c.failure_reason.indices[row] = call.failed ? 1 : 0
    c.close_reason.indices[row] = call.ends ? (isClient ? 1 : 2) : 0
    c.connect_us[row] = isClient && call.connects ? call.rttUs + 20 : 0
    c.srtt_us[row] = call.failed ? 0 : call.rttUs
    c.rttvar_us[row] = call.failed ? 0 : call.rttUs >> 2
    c.min_rtt_us[row] = call.failed ? 0 : call.rttUs - (call.rttUs >> 3)
    c.retransmits[row] = isClient ? call.lost : 0
    c.retransmit_bytes[row] = BigInt(isClient ? call.lost * Math.min(MSS, tx) : 0)
    c.busy_us[row] = BigInt(call.failed ? 0 : call.rttUs * (1 + (txPackets >> 3)))
    c.resets_rx[row] = call.failed ? 1 : 0
    c.pid[row] = own.pid
    c.uid[row] = 1000
    c.owner_source.indices[row] = isClient ? 1 : 2
    c.cgroup_id[row] = BigInt(own.netns)
    c.process_start[row] = BigInt(1_700_000_000_000 + own.pid)
    columns.own(row, own.index)
    truth.connects += isClient && call.connects ? 1 : 0
    truth.accepts += !isClient && call.connects ? 1 : 0
    truth.closes += call.ends ? 1 : 0
    truth.failures += call.failed ? 1 : 0
    truth.tx_bytes += tx
    truth.rx_bytes += rx
    truth.counted_bytes += isClient ? tx + rx : 0
    truth.serials ^= serial
  }
}
