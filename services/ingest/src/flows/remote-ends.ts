import type { DecodedBatch } from '@headwater/contracts'
import { numberAt, type Words, wordsOf } from '../columns/words.js'
import type { Address } from '../identity/addresses.js'
import { NO_SLOT } from '../identity/connection-table.js'
import type { Role } from '../identity/connections.js'
import { type Holder, nobody, type Owner } from '../identity/endpoint-table.js'
import type { Span } from '../identity/span.js'
import type { Found } from './found.js'
import type { Identity } from './local-ends.js'
import type { Observer } from './observers.js'
import type { Remote } from './remote.js'
import { RemoteView } from './remote-view.js'

/** Those of one look-up: used again by the next. */
const holdersFound: Holder[] = []
let passes = 0

/** Looks up the other ends of one batch's rows. One batch at a time: what is found for its rows lies in memory that the next one uses again. */
export class RemoteEnds {
  readonly #ids: Words
  readonly #times: Words
  readonly #pass = ++passes
  readonly #moves: number
  /** Row and slot of the connection that was looked for last. */
  #row = -1
  #slot = NO_SLOT
  readonly #observer: Observer
  readonly #view: RemoteView
  /** By role, of all that an answer hangs on. */
  readonly #versions: readonly [number, number]
  readonly #watchedVersion: number
  #askedLeases = false

  /** @param slots of the rows' connections as they were learnt, NO_SLOT where a row's is not known */
  constructor(
    private readonly batch: DecodedBatch,
    private readonly identity: Identity,
    private readonly slots: Int32Array,
  ) {
    this.#ids = wordsOf(batch.columns.connection_id)
    this.#times = wordsOf(batch.columns.time)
    this.#moves = identity.connections.moves
    this.#observer = identity.observers.of(batch.meta)
    this.#view = new RemoteView(this.#observer)
    const { endpoints, callers, leases } = identity
    this.#versions = [endpoints.version, endpoints.version + callers.version]
    this.#watchedVersion = endpoints.version + leases.version
  }

  of(row: number, role: Role, local: Address, remote: Address): Remote {
    // Whoever is behind the translation, this end sees the gateway.
    if (remote.isNat) return this.#view.nameless(remote)
    const { columns } = this.batch
    const other = this.identity.connections.otherAt(this.#slotOf(row), role)
    if (other !== undefined) return this.#view.told(other, remote, columns.netns[row] as number)
    return this.#byAddress(row, role, local, remote)
  }

  /** What was found for a row like it, where that holds. */
  #byAddress(row: number, role: Role, local: Address, remote: Address): Remote {
    const { columns } = this.batch
    const time = numberAt(this.#times, row)
    const netns = columns.netns[row] as number
    const port = (role === 0 ? columns.remote_port : columns.local_port)[row] as number
    const transport = columns.transport.values[columns.transport.indices[row] as number] as string
    const failed = columns.failures[row] !== 0
    // Who listens there does not hang on who asks.
    const asks = role === 0 ? undefined : local
    if (remote.foundIn !== this.#pass) {
      remote.foundIn = this.#pass
      remote.found = this.#observer.foundAt(remote)
    }
    const all = remote.found as Found[]
    let found: Found | undefined
    for (let i = 0; i < all.length; i++) {
      const one = all[i] as Found
      if (one.isFor(role, asks, port, transport, failed, netns)) {
        found = one
        break
      }
    }
    const version = this.#versions[role]
    if (found?.holds(time, version, this.#pass)) return found.remote as Remote
    found ??= this.#observer.find(all, { role, local: asks, port, transport, failed, netns })
    found.span.reset()
    this.#askedLeases = false
    found.remote = this.#lookUp(row, role, local, remote, time, found.span)
    found.version = this.#askedLeases ? -1 : version
    found.pass = this.#pass
    return found.remote
  }

  /** By the address: who held it then, and which of those is at the port. */
  #lookUp(row: number, role: Role, local: Address, remote: Address, time: number, span: Span): Remote {
    const { columns, meta } = this.batch
    const netns = columns.netns[row] as number
    const { node, cluster, zone, region } = meta
    const stacks =
      remote.kind === 'loopback'
        ? [{ ...nobody, instance: meta.instance, node, cluster, netns, zone, region }]
        : this.#holders(remote, time, span)
    const [at] = stacks
    if (at === undefined) return this.#view.nameless(remote)
    const listener = role === 0 ? this.#listener(row, stacks, remote, time, span) : undefined
    const caller = role === 1 ? this.#caller(row, stacks, local, remote, time, span) : undefined
    const owner = listener ?? caller ?? stacks.find((h) => h.service !== '') ?? nobody
    return this.#view.held(at, stacks, owner, remote, netns)
  }

  /** Whether a live agent watched the address at the row's time. Its own loopback every agent watches. */
  watched(row: number, remote: Address): boolean {
    if (remote.kind === 'loopback') return true
    const time = numberAt(this.#times, row)
    const known = remote.watchedIn === this.#pass || (remote.watched && remote.watchedVersion === this.#watchedVersion)
    if (known && remote.watchedSpan.holds(time)) return remote.watched
    const span = remote.watchedSpan
    span.reset()
    const holders = this.#holdersOf(remote, time, span)
    remote.watchedIn = this.#pass
    remote.watchedVersion = this.#watchedVersion
    remote.watched = holders.some((h) => this.identity.leases.liveAt(h.instance, time, span))
    return remote.watched
  }

  /** All who held it then, in a list that the next call uses again. */
  #holdersOf(remote: Address, time: number, span: Span): Holder[] {
    remote.holders ??= this.identity.endpoints.holders(this.batch.meta.realm, remote.key)
    holdersFound.length = 0
    return remote.holders?.at(time, span, holdersFound) ?? holdersFound
  }

  /** Whether the connection's bytes are those of its server's end, whose live agent was the first to tell of it. */
  countedByServer(row: number): boolean {
    const by = this.identity.connections.serverCountedByAt(this.#slotOf(row))
    return by !== undefined && this.identity.leases.liveAt(by, numberAt(this.#times, row))
  }

  countServer(row: number): void {
    if (this.#hasId(row)) this.identity.connections.countServer(this.#ids, row, this.batch.meta.instance)
  }

  /**
   * Who holds the address, in which network stacks of one node: of several nodes with the same private range the observer's own, else
   * the one with a live agent; where that leaves more than one, nobody is named.
   */
  #holders(remote: Address, time: number, span: Span): Holder[] {
    const { node, cluster } = this.batch.meta
    const all = this.#holdersOf(remote, time, span)
    if (all.length < 2) return all
    const own = all.filter((h) => h.node === node && h.cluster === cluster)
    if (own.length > 0) return own
    this.#askedLeases = true
    const live = all.filter((h) => this.identity.leases.liveAt(h.instance, time, span))
    const chosen = live.length > 0 ? live : all
    return chosen.every((h) => h.node === chosen[0]?.node && h.cluster === chosen[0]?.cluster) ? chosen : []
  }

  /** Where processes share an address, the port tells them apart. A failed attempt was meant for who listened there last. */
  #listener(row: number, stacks: readonly Holder[], remote: Address, time: number, span: Span): Owner | undefined {
    const { columns, meta } = this.batch
    const transport = columns.transport.values[columns.transport.indices[row] as number] as string
    const port = columns.remote_port[row] as number
    const { endpoints } = this.identity
    const failed = (columns.failures[row] as number) > 0
    for (const { cluster, node, netns } of stacks) {
      const stack = { realm: meta.realm, cluster, node, netns }
      const found = endpoints.listenerAt(stack, transport, remote.key, port, time, span)
      if (found !== undefined) return found
    }
    for (const { cluster, node, netns } of failed ? stacks : []) {
      const stack = { realm: meta.realm, cluster, node, netns }
      const found = endpoints.lastListenerBefore(stack, transport, remote.key, port, time, span)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Who has called this server from there before, by its own rows: those of this connection may be on their way yet. */
  #caller(
    row: number,
    stacks: readonly Holder[],
    local: Address,
    remote: Address,
    time: number,
    span: Span,
  ): Owner | undefined {
    const port = this.batch.columns.local_port[row] as number
    for (const { instance, netns } of stacks) {
      const call = { netns, client: remote.key, server: local.key, port }
      const found = this.identity.callers.find(instance, call, time, span)
      if (found !== undefined) return found
    }
    return undefined
  }

  #slotOf(row: number): number {
    if (row === this.#row) return this.#slot
    const { connections } = this.identity
    const learnt = this.#moves === connections.moves ? (this.slots[row] as number) : NO_SLOT
    this.#slot = learnt === NO_SLOT && this.#hasId(row) ? connections.find(this.#ids, row) : learnt
    this.#row = row
    return this.#slot
  }

  #hasId(row: number): boolean {
    return this.#ids[2 * row] !== 0 || this.#ids[2 * row + 1] !== 0
  }
}
