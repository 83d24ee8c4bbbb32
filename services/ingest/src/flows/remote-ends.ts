import type { DecodedBatch, PathClass } from '@headwater/contracts'
import { type Words, wordsOf } from '../columns/words.js'
import { NO_SLOT } from '../identity/connection-table.js'
import type { End, Role } from '../identity/connections.js'
import { type Holder, nobody, type Owner } from '../identity/endpoint-table.js'
import { Span } from '../identity/span.js'
import type { Address } from './addresses.js'
import type { Identity } from './local-ends.js'
import { type Place, pathBetween } from './path-class.js'

/** What is known of the other end of one row; empty where it is not. */
export interface Remote extends Owner, Place {
  node: string
  cluster: string
  path: PathClass
  /** Of its texts in the dictionaries of the batch that it is looked up for, once they are known. */
  numbers: readonly number[] | undefined
}

const noFacts = { name: '', zone: '', region: '', cluster: '' }

/** The first that says where it is: a zone is nothing without its region. */
const placed = (a: Place, b: Place): Place => (a.zone === '' && a.region === '' ? b : a)

/** An end that was looked up by its address, for rows like the one that it was looked up for. */
interface Found {
  role: Role
  port: number
  transport: number
  failed: boolean
  netns: number
  span: Span
  remote: Remote
}

/** Looks up the other ends of one batch's rows. */
export class RemoteEnds {
  readonly #ids: Words
  /** Row and slot of the connection that was looked for last. */
  #row = -1
  #slot = NO_SLOT
  /** By other and by own address. */
  readonly #found = new Map<Address, Map<Address, Found[]>>()
  readonly #watched = new Map<Address, { span: Span; watched: boolean }>()
  /** Of ends that told of themselves: what is said of each does not hang on the time. */
  readonly #told = new Map<End, Map<Address, { netns: number; remote: Remote }>>()

  constructor(
    private readonly batch: DecodedBatch,
    private readonly identity: Identity,
  ) {
    this.#ids = wordsOf(batch.columns.connection_id)
  }

  of(row: number, role: Role, local: Address, remote: Address, time: number): Remote {
    const { columns } = this.batch
    // Whoever is behind the translation, this end sees the gateway.
    if (remote.isNat) return this.#fromTable(remote)
    const other = this.identity.connections.otherAt(this.#slotOf(row), role)
    const netns = columns.netns[row] as number
    if (other !== undefined) return this.#toldOf(other, remote, netns)
    const asked = {
      role,
      port: (role === 0 ? columns.remote_port : columns.local_port)[row] as number,
      transport: columns.transport.indices[row] as number,
      failed: (columns.failures[row] as number) > 0,
      netns,
    }
    const known = this.#foundFor(remote, local)
    for (const found of known)
      if (
        found.role === role &&
        found.port === asked.port &&
        found.transport === asked.transport &&
        found.failed === asked.failed &&
        found.netns === netns &&
        found.span.holds(time)
      )
        return found.remote
    const span = new Span()
    const found = this.#lookUp(row, role, local, remote, time, span)
    known.push({ ...asked, span, remote: found })
    return found
  }

  #foundFor(remote: Address, local: Address): Found[] {
    let byLocal = this.#found.get(remote)
    if (byLocal === undefined) {
      byLocal = new Map()
      this.#found.set(remote, byLocal)
    }
    let found = byLocal.get(local)
    if (found === undefined) {
      found = []
      byLocal.set(local, found)
    }
    return found
  }

  /** By the address: who held it then, and which of those is at the port. */
  #lookUp(row: number, role: Role, local: Address, remote: Address, time: number, span: Span): Remote {
    const { columns, meta } = this.batch
    const netns = columns.netns[row] as number
    const { node, cluster, zone, region } = meta
    const own = { ...nobody, instance: meta.instance, node, cluster, netns, zone, region }
    const stacks = remote.kind === 'loopback' ? [own] : this.#holders(remote, time, span)
    const [at] = stacks
    if (at === undefined) return this.#fromTable(remote)
    const listener = role === 0 ? this.#listener(row, stacks, remote, time, span) : undefined
    const caller = role === 1 ? this.#caller(row, stacks, local, remote, time, span) : undefined
    const owner = listener ?? caller ?? stacks.find((h) => h.service !== '') ?? nobody
    return this.#seen({ ...at, ...ownerIn(owner) }, stacks, remote, netns)
  }

  /** Whether a live agent watched the address then. Its own loopback every agent watches. */
  watched(remote: Address, time: number): boolean {
    if (remote.kind === 'loopback') return true
    const known = this.#watched.get(remote)
    if (known?.span.holds(time)) return known.watched
    const span = new Span()
    const holders = this.identity.endpoints.holdersAt(this.batch.meta.realm, remote.key, time, span)
    const watched = holders.some((h) => this.identity.leases.liveAt(h.instance, time, span))
    this.#watched.set(remote, { span, watched })
    return watched
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
    const { realm, node, cluster } = this.batch.meta
    const all = this.identity.endpoints.holdersAt(realm, remote.key, time, span)
    if (all.length < 2) return all
    const own = all.filter((h) => h.node === node && h.cluster === cluster)
    if (own.length > 0) return own
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
    const all = stacks.map(({ cluster, node, netns }) => ({ realm: meta.realm, cluster, node, netns }))
    for (const stack of all) {
      const found = endpoints.listenerAt(stack, transport, remote.key, port, time, span)
      if (found !== undefined) return found
    }
    for (const stack of failed ? all : []) {
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
    if (row !== this.#row) {
      this.#slot = this.#hasId(row) ? this.identity.connections.find(this.#ids, row) : NO_SLOT
      this.#row = row
    }
    return this.#slot
  }

  #hasId(row: number): boolean {
    return this.#ids[2 * row] !== 0 || this.#ids[2 * row + 1] !== 0
  }

  #toldOf(end: End, address: Address, netns: number): Remote {
    let byAddress = this.#told.get(end)
    if (byAddress === undefined) {
      byAddress = new Map()
      this.#told.set(end, byAddress)
    }
    const known = byAddress.get(address)
    if (known?.netns === netns) return known.remote
    const remote = this.#seen(end, [end], address, netns)
    byAddress.set(address, { netns, remote })
    return remote
  }

  /** An end that an agent told of. `stacks`: all network stacks that it may be in. */
  #seen(end: End, stacks: readonly Pick<End, 'netns'>[], remote: Address, netns: number): Remote {
    const { meta } = this.batch
    const facts = remote.facts ?? noFacts
    const sameNode = end.node === meta.node && end.cluster === meta.cluster
    const sameStack = remote.kind === 'loopback' || (sameNode && stacks.some((s) => s.netns === netns))
    const place = placed(end, facts)
    const path = sameStack ? 'loopback' : sameNode ? 'same-node' : pathBetween(meta, place)
    const service = end.service !== '' ? end.service : facts.name !== '' ? facts.name : remote.text
    return {
      ...ownerIn(end),
      service,
      node: end.node,
      cluster: end.cluster,
      ...placeIn(place),
      path,
      numbers: undefined,
    }
  }

  /** An end that no agent is at. */
  #fromTable(remote: Address): Remote {
    const facts = remote.facts ?? noFacts
    const internet = remote.class === 'internet'
    const service = facts.name !== '' ? facts.name : internet ? 'internet' : remote.text
    const path = internet ? 'internet' : pathBetween(this.batch.meta, facts)
    return { ...nobody, service, node: '', cluster: facts.cluster, ...placeIn(facts), path, numbers: undefined }
  }
}

const ownerIn = ({ process, service, namespace, container }: Owner): Owner => ({
  process,
  service,
  namespace,
  container,
})
const placeIn = ({ zone, region }: Place): Place => ({ zone, region })
