import type { AllColumns } from '@headwater/contracts'
import { DEFAULT_MAX_SERIES, familyHead, foldedFamily, labelText, sampleLine } from '@headwater/contracts/metrics'
import { Inject, Injectable } from '@nestjs/common'
import { numberAt, wordsOf } from '../../columns/words.js'
import { roleOf } from '../../coverage/counted.js'
import type { Role } from '../../identity/connections.js'
import { type IngestOptions, OPTIONS } from '../../options.js'
import { BlockEdges } from './block-edges.js'
import { Bounded } from './bounded.js'
import { edgeFamilies, edgeLabels, serviceFamilies, serviceLabels } from './families.js'
import { HISTOGRAM_SERIES } from './histogram.js'
import { Parties } from './parties.js'
import type { Slot } from './slot.js'
import { EdgeSums, ServiceSums } from './sums.js'
import { edgeLines, serviceLines } from './text.js'

/** Series of an edge without failures, and of a service. */
export const EDGE_SERIES = 7 + 2 * HISTOGRAM_SERIES
export const SERVICE_SERIES = 6
/** What the agents say of a failure; whatever else comes is told as `other`. */
const reasons = new Set([
  'refused',
  'timeout',
  'unreachable',
  'no-route',
  'neigh-failed',
  'netfilter-drop',
  'no-free-port',
  'reset',
  'aborted',
  'other',
])
/** Services are fewer than edges, and have fewer series. */
const EDGE_SHARE = 0.8

/** Counts edges and services of the rows that are stored, of Headwater's own connections none. */
@Injectable()
export class EdgeMetrics {
  readonly #edges: Bounded<EdgeSums>
  readonly #services: Bounded<ServiceSums>
  readonly #parties: Parties
  readonly #common: string

  constructor(@Inject(OPTIONS) { replica, maxSeries = DEFAULT_MAX_SERIES }: IngestOptions) {
    const forEdges = Math.floor(maxSeries * EDGE_SHARE)
    this.#common = `,${labelText({ replica })}`
    this.#edges = new Bounded(edgeLabels, (l) => new EdgeSums(l), forEdges, EDGE_SERIES, reasons.size, this.#common)
    const forServices = maxSeries - forEdges
    const services = [serviceLabels, (l: string) => new ServiceSums(l), forServices, SERVICE_SERIES] as const
    this.#services = new Bounded(...services, 2 * reasons.size, this.#common)
    this.#parties = new Parties(this.#edges, this.#services)
  }

  /** @param columns a block whose rows are durable, and were not counted before */
  count(columns: AllColumns, rows: number, now = Date.now()): void {
    const edges = new BlockEdges(columns, this.#parties, now)
    const [tx, rx, sent] = [wordsOf(columns.tx_bytes), wordsOf(columns.rx_bytes), wordsOf(columns.tx_packets)]
    const { self, side, counted, connects, accepts, failures, retransmits, srtt_us, connect_us } = columns
    const sides = side.values.map((text): Role | undefined =>
      text === 'client' ? 0 : text === 'server' ? 1 : undefined,
    )
    for (let row = 0; row < rows; row++) {
      if (self[row] !== 0) continue
      const slot = edges.of(row, sides[side.indices[row] as number] ?? peerRole(columns, row))
      const established = (connects[row] as number) + (accepts[row] as number)
      if (counted[row] !== 0) {
        slot.counted = true
        slot.sent += numberAt(tx, row)
        slot.received += numberAt(rx, row)
        slot.connections += established
        if (failures[row] !== 0) this.#fail(slot, columns, row, now)
      }
      slot.segments += numberAt(sent, row)
      slot.retransmits += retransmits[row] as number
      if (srtt_us[row] !== 0) slot.edge.rtt.observe(srtt_us[row] as number)
      if (established > 0 && connect_us[row] !== 0) slot.edge.connect.observe(connect_us[row] as number)
    }
    for (const slot of edges.slots) slot.add()
  }

  /** Prometheus text. */
  text(): string {
    const folded = [
      ['edges', this.#edges.foldedSeries],
      ['services', this.#services.foldedSeries],
    ] as const
    const counts = folded.map(([of, n]) => sampleLine(foldedFamily.name, `${labelText({ of })}${this.#common}`, n))
    return (
      edgeLines(edgeFamilies, [...this.#edges]) +
      serviceLines(serviceFamilies, [...this.#services]) +
      familyHead(foldedFamily) +
      counts.join('')
    )
  }

  #fail({ edge, client, server }: Slot, { failures, failure_reason }: AllColumns, row: number, now: number): void {
    const told = failure_reason.values[failure_reason.indices[row] as number] as string
    const reason = reasons.has(told) ? told : 'other'
    const count = failures[row] as number
    const add = <E extends EdgeSums | ServiceSums>(all: Bounded<E>, own: E, of: (sums: E) => Map<string, number>) => {
      const into = of(own).has(reason) || all.widen(own) ? own : all.other
      into.last = now
      of(into).set(reason, (of(into).get(reason) ?? 0) + count)
    }
    add(this.#edges, edge, (sums) => sums.failures)
    add(this.#services, client, (sums) => sums.failures[0])
    add(this.#services, server, (sums) => sums.failures[1])
  }
}

function peerRole({ side, local_ip, local_port, remote_ip, remote_port }: AllColumns, row: number): Role {
  const text = side.values[side.indices[row] as number] as string
  const [local, remote] = [local_port[row] as number, remote_port[row] as number]
  return roleOf(text, local_ip, row * 16, local, remote_ip, row * 16, remote)
}
