import type { Layout, Records } from '@headwater/native'
import type { Exclusion } from '../exclude/exclusion.js'
import type { Owners } from '../identity/owners.js'
import type { ProcessIdentity } from '../identity/process-identity.js'
import { at, wide } from '../records/record-view.js'
import type { Connections } from '../state/connections.js'
import { SCRATCH } from '../state/cookie-table.js'
import type { DnsCounters } from './counters.js'
import type { DnsBuffer } from './dns-buffer.js'
import { DnsView } from './dns-view.js'
import { type DnsMessage, readMessage } from './message.js'
import { type Pending, PendingQuestions, pendingKey, TIMEOUT_NS } from './pending.js'
import { NameBudget, type NamePrivacy } from './privacy.js'

const NS_PER_MS = 1e6
const NS_PER_US = 1e3
const MAX_US = 2 ** 32 - 1
/** Different names of one interval. */
const MAX_NAMES = 5000

/** Who asked whom. */
interface Asker {
  netns: number
  cookie: bigint
  localIp: Uint8Array
  localPort: number
  serverIp: Uint8Array
  serverPort: number
  pid: number
  uid: number
  cgroup: bigint
  identity: ProcessIdentity
}

export interface DnsRowsParts {
  buffer: DnsBuffer
  owners: Owners
  connections: Connections
  counters: DnsCounters
  privacy: NamePrivacy
  ownsSelf: (pid: number) => boolean
  exclusion?: Exclusion | undefined
}

const big = (lo: number, hi: number): bigint => (BigInt(hi) << 32n) | BigInt(lo)

/** DNS messages to rows: a question and its answer, or what became of it, are one. */
export class DnsRows {
  readonly #p: DnsRowsParts
  readonly #pending = new PendingQuestions<Asker>()
  readonly #names = new NameBudget(MAX_NAMES)
  /** Rows written that are not Headwater's own. */
  foreign = 0
  /** Messages of the last `read` that could not be read. */
  unread = 0

  constructor(parts: DnsRowsParts) {
    this.#p = parts
  }

  get waiting(): number {
    return this.#pending.size
  }

  /** Throws the first error of a message once all the others were read. @param offsetMs what to add to BOOTTIME in ms for Unix ms */
  read(records: Records, layout: Layout, offsetMs: number): void {
    this.unread = records.length
    const view = new DnsView(records, layout)
    this.unread = 0
    let failure: unknown
    for (let i = 0; i < records.length; i++) {
      try {
        this.#take(view, i, offsetMs)
      } catch (cause) {
        if (this.unread++ === 0) failure = cause
      }
    }
    if (this.unread > 0) throw failure
  }

  /** Gives up what has waited for too long. @param bootNs now */
  expire(bootNs: number, offsetMs: number): void {
    for (const question of this.#pending.takeBefore(bootNs - TIMEOUT_NS))
      this.#write(question, undefined, question.askedNs + TIMEOUT_NS, offsetMs)
  }

  /** Answers are no longer seen: what waits for one would pass for timed out. */
  forget(): void {
    this.#p.counters.forgotten += this.#pending.clear()
  }

  /** A new interval begins: names are counted anew. */
  renew(): void {
    this.#names.renew()
  }

  #take(view: DnsView, i: number, offsetMs: number): void {
    const { counters } = this.#p
    counters.messages++
    const message = readMessage(view.message(i, at(view.captured, i)))
    const received = at(view.answer, i) === 1
    // A message that goes the wrong way is none of a client's.
    if (typeof message === 'string' || message.answer !== received) {
      counters.unreadable++
      return
    }
    const key = pendingKey(at(view.cookie.lo, i), at(view.cookie.hi, i), message.id)
    if (received) this.#answered(key, message, wide(view.timeNs, i), offsetMs)
    else this.#asked(key, message, view, i, offsetMs)
  }

  #asked(key: string, { name, type }: DnsMessage, view: DnsView, i: number, offsetMs: number): void {
    const { counters } = this.#p
    const before = this.#pending.get(key)
    if (before?.name === name && before.type === type) {
      // The time from the first counts: it is what its process waits.
      counters.repeated++
      return
    }
    if (before !== undefined) counters.replaced++
    const askedNs = wide(view.timeNs, i)
    const who = this.#asker(view, i, askedNs / NS_PER_MS + offsetMs)
    if (this.#pending.ask({ key, name, type, askedNs, who })) counters.overflowed++
  }

  #asker(view: DnsView, i: number, timeMs: number): Asker {
    const owner = this.#p.owners.of(view, i, this.#p.connections, SCRATCH, timeMs)
    return {
      netns: at(view.netns, i),
      cookie: big(at(view.cookie.lo, i), at(view.cookie.hi, i)),
      // Copies: the views are over the records of this turn.
      localIp: view.address('local_ip', i).slice(),
      localPort: at(view.localPort, i),
      serverIp: view.address('remote_ip', i).slice(),
      serverPort: at(view.remotePort, i),
      pid: owner.pid,
      uid: owner.uid,
      cgroup: big(owner.cgroupLo, owner.cgroupHi),
      identity: owner.identity,
    }
  }

  #answered(key: string, message: DnsMessage, timeNs: number, offsetMs: number): void {
    const { counters } = this.#p
    const question = this.#pending.answer(key, message)
    if (question === undefined) counters.unasked++
    else if (question === 'other') counters.mismatched++
    else this.#write(question, message, timeNs, offsetMs)
  }

  #write(question: Pending<Asker>, answer: DnsMessage | undefined, timeNs: number, offsetMs: number): void {
    const { buffer, counters, privacy, ownsSelf } = this.#p
    const { who, askedNs, type } = question
    const { identity } = who
    if (this.#isLeftOut(who)) {
      counters.excluded++
      return
    }
    const self = ownsSelf(who.pid)
    counters.rows++
    if (!self) this.foreign++
    buffer.rows.push({
      time: Math.floor(timeNs / NS_PER_MS + offsetMs),
      netns: who.netns,
      cookie: who.cookie,
      transport: 'udp',
      local_ip: who.localIp,
      local_port: who.localPort,
      server_ip: who.serverIp,
      server_port: who.serverPort,
      query_name: this.#name(privacy.of(question.name)),
      query_type: type,
      rcode: answer?.rcode ?? '',
      answers: privacy.mode === 'off' ? [] : (answer?.addresses ?? []),
      duration_us: Math.min(MAX_US, Math.max(0, Math.round((timeNs - askedNs) / NS_PER_US))),
      timed_out: answer === undefined ? 1 : 0,
      truncated: answer?.truncated === true ? 1 : 0,
      count: 1,
      self: self ? 1 : 0,
      pid: who.pid,
      process: identity.process,
      uid: who.uid,
      cgroup_id: who.cgroup,
      container_id: identity.container.id,
      container_name: identity.container.name,
      unit: identity.unit,
      local_namespace: identity.namespace,
      local_service: identity.service,
      service_source: identity.serviceSource,
    })
  }

  #isLeftOut({ localIp, localPort, serverIp, serverPort, identity }: Asker): boolean {
    const { exclusion } = this.#p
    if (exclusion === undefined) return false
    const words = (ip: Uint8Array) => new Uint32Array(Uint8Array.from(ip).buffer)
    const ends = {
      local: words(localIp),
      localAt: 0,
      localPort,
      remote: words(serverIp),
      remoteAt: 0,
      remotePort: serverPort,
    }
    return exclusion.covers({ ...ends, process: identity.process })
  }

  #name(name: string): string {
    if (this.#names.admits(name)) return name
    this.#p.counters.names_left_out++
    return ''
  }
}
