import type { DecodedBatch } from '@headwater/contracts'
import { type Words, wordsOf } from '../columns/words.js'
import type { Address } from '../identity/addresses.js'
import { NO_SLOT } from '../identity/connection-table.js'
import type { End, Role } from '../identity/connections.js'
import { type Holder, nobody, type Owner } from '../identity/endpoint-table.js'
import type { Span } from '../identity/span.js'
import type { Found } from './found.js'
import type { Identity } from './local-ends.js'
import type { Observer } from './observers.js'
import { type Place, pathBetween } from './path-class.js'
import type { Remote } from './remote.js'

const noFacts = { name: '', zone: '', region: '', cluster: '' }

/** The first that says where it is: a zone is nothing without its region. */
const placed = (a: Place, b: Place): Place => (a.zone === '' && a.region === '' ? b : a)

/** Those of one look-up: used again by the next. */
const holdersFound: Holder[] = []
let passes = 0

/** Looks up the other ends of one batch's rows. One batch at a time: what is found for its rows lies in memory that the next one uses again. */
export class RemoteEnds {
  readonly #ids: Words
  readonly #pass = ++passes
  readonly #moves: number
  /** Row and slot of the connection that was looked for last. */
  #row = -1
  #slot = NO_SLOT
  readonly #observer: Observer
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
    this.#moves = identity.connections.moves
    this.#observer = identity.observers.of(batch.meta)
    const { endpoints, callers, leases } = identity
    this.#versions = [endpoints.version, endpoints.version + callers.version]
    this.#watchedVersion = endpoints.version + leases.version
  }

  of(row: number, role: Role, local: Address, remote: Address, time: number): Remote {
    // Whoever is behind the translation, this end sees the gateway.
    if (remote.isNat) return this.#nameless(remote)
    const { columns } = this.batch
    const other = this.identity.connections.otherAt(this.#slotOf(row), role)
    if (other !== undefined) return this.#toldOf(other, remote, columns.netns[row] as number)
    return this.#byAddress(row, role, local, remote, time)
  }

  /** What was found for a row like it, where that holds. */
  #byAddress(row: number, role: Role, local: Address, remote: Address, time: number): Remote {
    const { columns } = this.batch
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
    if (at === undefined) return this.#nameless(remote)
    const listener = role === 0 ? this.#listener(row, stacks, remote, time, span) : undefined
    const caller = role === 1 ? this.#caller(row, stacks, local, remote, time, span) : undefined
    const owner = listener ?? caller ?? stacks.find((h) => h.service !== '') ?? nobody
    const end = { ...at, ...ownerIn(owner) }
    if (this.#isOwnNode(at)) {
      const sameStack = stacks.some((stack) => this.#isSameStack(stack, remote, netns))
      return this.#seen(end, remote, sameStack)
    }
    // On another node, and the same from all network namespaces of this one.
    const { seen } = this.#observer
    const key = owner === nobody ? at : owner
    const known = seen.get(key)
    if (known !== undefined && known.at === at && known.address === remote) return known.remote
    const made = this.#seen(end, remote, false)
    seen.set(key, { at, address: remote, remote: made })
    this.#observer.grew()
    return made
  }

  /** Whether a live agent watched the address then. Its own loopback every agent watches. */
  watched(remote: Address, time: number): boolean {
    if (remote.kind === 'loopback') return true
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
  countedByServer(row: number, time: number): boolean {
    const by = this.identity.connections.serverCountedByAt(this.#slotOf(row))
    return by !== undefined && this.identity.leases.liveAt(by, time)
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

  #toldOf(end: End, address: Address, netns: number): Remote {
    const { told } = this.#observer
    const sameStack = this.#isSameStack(end, address, netns)
    const known = told.get(end)
    // Of processes in several network namespaces that call it, each sees the same.
    if (known !== undefined && known.address === address && known.sameStack === sameStack) return known.remote
    const remote = this.#seen(end, address, sameStack)
    if (known === undefined) {
      told.set(end, { address, sameStack, remote })
      this.#observer.grew()
    } else {
      known.address = address
      known.sameStack = sameStack
      known.remote = remote
    }
    return remote
  }

  #isOwnNode({ node, cluster }: Pick<End, 'node' | 'cluster'>): boolean {
    const { meta } = this.batch
    return node === meta.node && cluster === meta.cluster
  }

  #isSameStack(end: Pick<End, 'netns' | 'node' | 'cluster'>, address: Address, netns: number): boolean {
    return address.kind === 'loopback' || (end.netns === netns && this.#isOwnNode(end))
  }

  /** An end that an agent told of. @param sameStack whether it is in the network stack that sees it */
  #seen(end: End, remote: Address, sameStack: boolean): Remote {
    const { meta } = this.batch
    const facts = remote.facts ?? noFacts
    const place = placed(end, facts)
    const path = sameStack ? 'loopback' : this.#isOwnNode(end) ? 'same-node' : pathBetween(meta, place)
    const service = end.service !== '' ? end.service : facts.name !== '' ? facts.name : remote.text
    return {
      ...ownerIn(end),
      service,
      node: end.node,
      cluster: end.cluster,
      ...placeIn(place),
      path,
      ...unnumbered,
    }
  }

  /** An end that no agent is at. */
  #nameless(remote: Address): Remote {
    const { nameless } = this.#observer
    let made = nameless.get(remote)
    if (made === undefined) {
      made = this.#fromTable(remote)
      nameless.set(remote, made)
      this.#observer.grew()
    }
    return made
  }

  #fromTable(remote: Address): Remote {
    const facts = remote.facts ?? noFacts
    const internet = remote.class === 'internet'
    const service = facts.name !== '' ? facts.name : internet ? 'internet' : remote.text
    const path = internet ? 'internet' : pathBetween(this.batch.meta, facts)
    return { ...nobody, service, node: '', cluster: facts.cluster, ...placeIn(facts), path, ...unnumbered }
  }
}

/** In no scope yet. */
const unnumbered = { number: 0, scope: 0 }
const ownerIn = ({ process, service, namespace, container }: Owner): Owner => ({
  process,
  service,
  namespace,
  container,
})
const placeIn = ({ zone, region }: Place): Place => ({ zone, region })
