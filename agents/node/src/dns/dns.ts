import type { Layout, Records } from '@headwater/native'
import type { Exclusion } from '../exclude/exclusion.js'
import type { NodeIdentity } from '../identity/node-identity.js'
import type { Owners } from '../identity/owners.js'
import type { SelfEnds } from '../identity/self-ends.js'
import type { Parcel } from '../outbox/queue.js'
import { Tally } from '../report/tally.js'
import type { Connections } from '../state/connections.js'
import { DnsCounters } from './counters.js'
import { DnsBatcher } from './dns-batcher.js'
import { DnsBuffer } from './dns-buffer.js'
import { DnsRows } from './dns-rows.js'
import { type DnsNames, NamePrivacy } from './privacy.js'

export interface DnsOptions {
  identity: NodeIdentity
  instance: string
  version: string
  names: DnsNames
  owners: Owners
  connections: Connections
  self: SelfEnds
  exclusion?: Exclusion | undefined
  send: (parcel: Parcel) => void
  takeStock?: () => void
}

/** From DNS messages to parcels. */
export class Dns {
  readonly counters = new DnsCounters()
  /** Of rows: numbers and losses of their own, said in every batch. */
  readonly tally = new Tally()
  readonly #buffer = new DnsBuffer()
  readonly #rows: DnsRows
  readonly #batcher: DnsBatcher
  readonly #o: DnsOptions
  #foreignSent = 0

  constructor(options: DnsOptions) {
    const { names, identity, owners, connections, self, exclusion } = options
    const { counters, tally } = this
    const buffer = this.#buffer
    this.#o = options
    const privacy = new NamePrivacy(names, identity.realm)
    const ownsSelf = (pid: number) => self.owns(pid)
    this.#rows = new DnsRows({ buffer, owners, connections, counters, privacy, ownsSelf, exclusion })
    this.#batcher = new DnsBatcher({ ...options, buffer, tally })
  }

  /** Rows wait that are not Headwater's own. */
  get urgent(): boolean {
    return this.#rows.foreign > this.#foreignSent
  }

  /** Messages of the last `take` that could not be read. */
  get unread(): number {
    return this.#rows.unread
  }

  /** @param offsetMs what to add to BOOTTIME in ms for Unix ms */
  take(records: Records, layout: Layout, offsetMs: number): void {
    this.#rows.read(records, layout, offsetMs)
    if (this.#batcher.full) this.flush()
  }

  /** @param bootMs now, in ms since boot */
  expire(bootMs: number, offsetMs: number): void {
    this.#rows.expire(bootMs * 1e6, offsetMs)
    if (this.#batcher.full) this.flush()
  }

  /** Answers are no longer seen. */
  forget(): void {
    this.#rows.forget()
  }

  /** A new interval begins. */
  renew(): void {
    this.#rows.renew()
  }

  flush(): void {
    this.#foreignSent = this.#rows.foreign
    this.tally.set('pending-full', this.counters.overflowed)
    this.tally.set('replaced', this.counters.replaced)
    this.tally.set('cpu-budget', this.counters.forgotten)
    for (let parcel = this.#batcher.cut(); parcel !== undefined; parcel = this.#batcher.cut()) this.#o.send(parcel)
  }

  /** Rows that the bus did not take. */
  drop(reason: string, rows: number): void {
    this.counters.dropped += rows
    this.tally.drop(reason, rows)
  }

  /** The agent's own counters, for the report. */
  report(): Record<string, number> {
    const own = Object.entries({ ...this.counters, waiting: this.#rows.waiting })
    return Object.fromEntries(own.map(([name, n]) => [`dns_${name}`, n]))
  }
}
