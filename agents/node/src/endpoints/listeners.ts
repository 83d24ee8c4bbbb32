import type { Listener } from '@headwater/contracts'
import { type AddressWords, formatAddress, isLoopback, isWildcard } from './address.js'
import type { EndpointOwner, Endpoints } from './endpoints.js'
import type { NodeAddresses } from './node-addresses.js'

/** Listening sockets held, and those that a report lists. */
const MAX_SOCKETS = 16_384
const MAX_REPORTED = 1024

/** A listening socket, as its newest record has it. */
export interface ListenerSocket extends EndpointOwner {
  cookie: string
  netns: number
  address: AddressWords
  port: number
  backlog: number
  backlog_max: number
  handshakes: number
  drops: number
}

interface Heard {
  /** Boot ms of the newest record. */
  at: number
  /** A walk has shown it: walks that do not show it any more say that it is gone. Some namespaces cannot be walked. */
  walked: boolean
}

interface Place {
  netns: number
  words: AddressWords
  address: string
  port: number
  /** By cookie: with SO_REUSEPORT several sockets share a place. */
  sockets: Map<string, HeldSocket>
}

interface HeldSocket extends ListenerSocket, Heard {
  /** Drops since the first record, of intervals that began or ended with a full queue. */
  overflows: number
}

/** The listening sockets of this node: endpoints as they come and go, and their state for the report. */
export class Listeners {
  /** How often a socket found no room. */
  refused = 0
  /** Unix ms since when this agent watches: a socket that a walk is the first to show was there already. */
  since = Number.POSITIVE_INFINITY
  /** A queue has overflowed since the last report: dropped what came, or holds more than it may. */
  overflowed = false
  /** Goes up with whatever a record tells of a listener. */
  changes = 0
  #sockets = 0
  #places = new Map<string, Place>()
  #byPort = new Map<number, Set<Place>>()
  /** A bit for each port of `#byPort`: it is asked for twice a record. */
  readonly #ports = new Uint32Array(2048)

  constructor(
    private readonly endpoints: Endpoints,
    private readonly addresses: NodeAddresses,
  ) {}

  get size(): number {
    return this.#sockets
  }

  /** A socket listens. @param time Unix ms of the record */
  heard(socket: ListenerSocket, time: number, heard: Heard): void {
    this.changes++
    const address = formatAddress(socket.address)
    const known = this.#places.get(placeKey(socket.netns, address, socket.port))?.sockets.get(socket.cookie)
    if (!known && this.#sockets >= MAX_SOCKETS) {
      this.refused++
      return
    }
    if (!known) this.#sockets++
    else if (socket.drops > known.drops || isFull(socket)) this.overflowed = true
    const place = this.#place(socket, address)
    // A record without its kernel slot lacks the owner; what an earlier one said still holds.
    const { pid, identity } = socket.pid === 0 && known ? known : socket
    const walked = heard.walked || known?.walked === true
    const overflows = overflowsOf(socket, known)
    place.sockets.set(socket.cookie, { ...socket, pid, identity, at: heard.at, walked, overflows })
    this.#publish(place, heard.walked && !known ? Math.min(time, this.since) : time)
  }

  /** A socket listens no more. */
  gone(netns: number, words: AddressWords, port: number, cookie: string, time: number): void {
    const place = this.#places.get(placeKey(netns, formatAddress(words), port))
    if (place?.sockets.delete(cookie) !== true) return
    this.changes++
    this.#sockets--
    this.#publish(place, time)
  }

  /** Publishes those anew of whose owners more is known by now: a walk shows a listener that does not change once a minute. */
  renew(time: number): void {
    for (const place of this.#places.values()) this.#publish(place, time)
  }

  /** Ends what walks have shown, but not for `unheardMs`: its record was lost. @param now Unix ms @param bootMs the same since boot */
  expire(now: number, bootMs: number, unheardMs: number): void {
    for (const place of [...this.#places.values()])
      for (const { cookie, walked, at } of [...place.sockets.values()])
        if (walked && bootMs - at > unheardMs) this.gone(place.netns, place.words, place.port, cookie, now)
  }

  /** Does one of `pids` listen at an address and port that a socket in `netns` speaks to (or from)? */
  heldBy(pids: ReadonlySet<number>, netns: number, words: AddressWords, port: number): boolean {
    for (const place of this.#byPort.get(port) ?? [])
      if (holdsAny(place, pids) && this.#reaches(place, netns, words)) return true
    return false
  }

  /** Does one of `pids` listen on the port, at whatever address? */
  hasPid(pids: ReadonlySet<number>, port: number): boolean {
    for (const place of this.#byPort.get(port) ?? []) if (holdsAny(place, pids)) return true
    return false
  }

  /** Does any socket listen on the port? Asked before the address is put together. */
  hasPort(port: number): boolean {
    return (this.#ports[port >>> 5]! & (1 << (port & 31))) !== 0
  }

  /** The busiest first, at most 1024, and how many more there are. */
  report(): { listeners: Listener[]; left: number } {
    this.overflowed = false
    const all = [...this.#places.values()].flatMap(reported)
    all.sort((a, b) => b.backlog - a.backlog || b.drops - a.drops || a.port - b.port)
    return { listeners: all.slice(0, MAX_REPORTED), left: Math.max(0, all.length - MAX_REPORTED) }
  }

  #reaches(place: Place, netns: number, words: AddressWords): boolean {
    if (isLoopback(words)) return place.netns === netns && (isWildcard(place.words) || same(place.words, words))
    // Another namespace may have a listener of its own on that port: its addresses are not this one's.
    if (isWildcard(place.words)) return this.addresses.has(place.netns, words)
    return same(place.words, words)
  }

  #place(socket: ListenerSocket, address: string): Place {
    const key = placeKey(socket.netns, address, socket.port)
    let place = this.#places.get(key)
    if (place === undefined) {
      place = { netns: socket.netns, words: socket.address, address, port: socket.port, sockets: new Map() }
      this.#places.set(key, place)
      const onPort = this.#byPort.get(socket.port) ?? new Set()
      this.#byPort.set(socket.port, onPort.add(place))
      this.#ports[socket.port >>> 5]! |= 1 << (socket.port & 31)
    }
    return place
  }

  #publish(place: Place, time: number): void {
    const { netns, address, port } = place
    const endpoint = { kind: 'listener', netns, address, port } as const
    const owner = ownerOf(place)
    if (owner !== undefined) {
      this.endpoints.open(endpoint, time, owner)
      return
    }
    this.endpoints.close(endpoint, time)
    this.#places.delete(placeKey(netns, address, port))
    const onPort = this.#byPort.get(port)
    onPort?.delete(place)
    if (onPort?.size !== 0) return
    this.#byPort.delete(port)
    this.#ports[port >>> 5]! &= ~(1 << (port & 31))
  }
}

function holdsAny({ sockets }: Place, pids: ReadonlySet<number>): boolean {
  for (const { pid } of sockets.values()) if (pids.has(pid)) return true
  return false
}

const same = (a: AddressWords, b: AddressWords): boolean => a.every((word, i) => word === b[i])

const placeKey = (netns: number, address: string, port: number): string => `${netns} ${address} ${port}`

/** The first socket whose process is known, else the first. */
function ownerOf(place: Place): ListenerSocket | undefined {
  let first: ListenerSocket | undefined
  for (const socket of place.sockets.values()) {
    if (socket.pid !== 0) return socket
    first ??= socket
  }
  return first
}

/** The kernel's own test: one more may wait than is allowed. */
const isFull = ({ backlog, backlog_max }: ListenerSocket): boolean => backlog > backlog_max

function overflowsOf(socket: ListenerSocket, known: HeldSocket | undefined): number {
  if (known === undefined) return 0
  const dropped = isFull(socket) || isFull(known) ? Math.max(0, socket.drops - known.drops) : 0
  return known.overflows + dropped
}

const reported = (place: Place): Listener[] =>
  [...place.sockets.values()].map((s) => ({
    cookie: s.cookie,
    netns: place.netns,
    address: place.address,
    port: place.port,
    pid: s.pid,
    process: s.identity.process,
    backlog: s.backlog,
    backlog_max: s.backlog_max,
    handshakes: s.handshakes,
    drops: s.drops,
    overflows: s.overflows,
  }))
