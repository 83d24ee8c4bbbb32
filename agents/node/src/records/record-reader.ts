import { type Layout, RecordKind, type Records } from '@headwater/native'
import type { AddressWords } from '../endpoints/address.js'
import type { Listeners } from '../endpoints/listeners.js'
import type { NodeAddresses } from '../endpoints/node-addresses.js'
import type { Owners } from '../identity/owners.js'
import type { Connections } from '../state/connections.js'
import { SCRATCH } from '../state/cookie-table.js'
import type { RecordCounters } from './counters.js'
import type { DatagramRows } from './datagram-rows.js'
import type { FlowRows } from './flow-rows.js'
import { at, byteAt, RecordView, wide } from './record-view.js'

export interface RecordReaderParts {
  rows: FlowRows
  datagrams: DatagramRows
  connections: Connections
  owners: Owners
  listeners: Listeners
  addresses: NodeAddresses
  counters: RecordCounters
  /** A row was written. */
  onRow: () => void
}

/** Takes the kernel's records as they come: connections become rows, listening sockets become endpoints. */
export class RecordReader {
  /** Of the records of the last `read`: those that were read to the end. */
  done = 0
  /** Places of the records of datagrams: their rows are made after those of connections, since the rows of a block follow each other. */
  #later = new Int32Array(1024)
  #view: RecordView | undefined

  constructor(private readonly p: RecordReaderParts) {}

  /** @param offsetMs what to add to BOOTTIME in ms for Unix ms */
  read(records: Records, layout: Layout, offsetMs: number): void {
    this.done = 0
    // The probe fills the same records anew.
    if (this.#view?.records !== records) this.#view = new RecordView(records, layout)
    const view = this.#view
    const { length } = records
    this.p.counters.records += length
    const { rows, datagrams } = this.p
    rows.turn()
    datagrams.turn()
    try {
      this.#each(view, length, offsetMs)
    } finally {
      // Also where one could not be read: those before it are whole.
      try {
        rows.finish()
        datagrams.finish()
      } finally {
        this.done -= rows.undone + datagrams.undone
      }
    }
  }

  #each(view: RecordView, length: number, offsetMs: number): void {
    const { rows } = this.p
    if (this.#later.length < length) this.#later = new Int32Array(length)
    let later = 0
    for (let i = 0; i < length; i++) {
      const kind = byteAt(view.kind, i)
      if (kind === RecordKind.Datagram || kind === RecordKind.DatagramEnd) {
        this.#later[later++] = i
        continue
      }
      const closing = kind === RecordKind.Close
      const connection = closing || kind === RecordKind.Walk
      const row = connection && rows.add(view, i, closing, offsetMs)
      if (!connection) this.#listener(view, i, kind, offsetMs)
      this.done++
      if (row) this.p.onRow()
    }
    rows.finish()
    for (let n = 0; n < later; n++) this.#datagram(view, this.#later[n]!, offsetMs)
  }

  #datagram(view: RecordView, i: number, offsetMs: number): void {
    const row = this.p.datagrams.add(view, i, byteAt(view.kind, i) === RecordKind.DatagramEnd, offsetMs)
    this.done++
    if (row) this.p.onRow()
  }

  #listener(view: RecordView, i: number, kind: number, offsetMs: number): void {
    const { listeners, counters } = this.p
    const netns = at(view.netns, i)
    const port = at(view.localPort, i)
    const { words, first, step } = view.localIp
    const base = first + i * step
    const address: AddressWords = [words[base]!, words[base + 1]!, words[base + 2]!, words[base + 3]!]
    const cookie = ((BigInt(at(view.cookie.hi, i)) << 32n) | BigInt(at(view.cookie.lo, i))).toString()
    const bootMs = wide(view.timeNs, i) / 1e6
    const time = bootMs + offsetMs
    if (kind === RecordKind.Unlisten) {
      listeners.gone(netns, address, port, cookie, time)
      return
    }
    if (kind !== RecordKind.Listener && kind !== RecordKind.Listen) {
      counters.unknown_kind++
      return
    }
    const owner = this.p.owners.of(view, i, this.p.connections, SCRATCH, time)
    this.p.addresses.saw(netns, ...address, time)
    listeners.heard(
      {
        cookie,
        netns,
        address,
        port,
        pid: owner.pid,
        identity: owner.identity,
        backlog: at(view.backlog, i),
        backlog_max: at(view.backlogMax, i),
        handshakes: at(view.handshakes, i),
        drops: at(view.drops, i),
      },
      time,
      { at: bootMs, walked: kind === RecordKind.Listener },
    )
  }
}
