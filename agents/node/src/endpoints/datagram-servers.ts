import { type AddressWords, formatAddress } from './address.js'
import type { EndpointOwner, EndpointPlace, Endpoints } from './endpoints.js'

/** Places of UDP servers that are held. */
const MAX_PLACES = 4096
/** A server without a conversation for so long: those that are silent for a minute have ended. */
const SILENCE_MS = 120_000

interface Server {
  place: EndpointPlace
  /** Boot ms of the newest row. */
  at: number
}

interface Told extends EndpointOwner {
  netns: number
  words: AddressWords
  server: Server
}

/**
 * UDP has no listeners: a socket that was sent to first, on a port of its own, is taken for one, at the address that it was reached at, so
 * that its clients' rows find who is there. It ends when nobody has talked to it for two minutes.
 */
export class DatagramServers {
  /** How often a server found no room. */
  refused = 0
  readonly #servers = new Map<string, Server>()
  /** By port, who this turn's last row told of there: as a rule so do the next. */
  readonly #told = new Map<number, Told>()

  constructor(private readonly endpoints: Endpoints) {}

  /** A turn of the loop begins: of an owner more may be known than in the one before. */
  turn(): void {
    this.#told.clear()
  }

  /** @param ip where its address begins in `all` @param time Unix ms since when it is known to be there @param bootMs of the row */
  seen(
    netns: number,
    all: Uint32Array,
    ip: number,
    port: number,
    owner: EndpointOwner,
    time: number,
    bootMs: number,
  ): void {
    const told = this.#told.get(port)
    if (told !== undefined && isSame(told, netns, all, ip, owner)) {
      told.server.at = bootMs
      return
    }
    const words: AddressWords = [all[ip]!, all[ip + 1]!, all[ip + 2]!, all[ip + 3]!]
    const key = `${netns} ${words.join(' ')} ${port}`
    let server = this.#servers.get(key)
    if (server === undefined) {
      if (this.#servers.size >= MAX_PLACES) {
        this.refused++
        return
      }
      const address = formatAddress(words)
      server = { place: { kind: 'listener', transport: 'udp', netns, address, port }, at: bootMs }
      this.#servers.set(key, server)
    }
    server.at = bootMs
    this.endpoints.open(server.place, time, owner)
    this.#told.set(port, { netns, words, server, pid: owner.pid, identity: owner.identity })
  }

  /** @param now Unix ms @param bootMs the same since boot */
  expire(now: number, bootMs: number): void {
    for (const [key, { place, at }] of this.#servers) {
      if (bootMs - at <= SILENCE_MS) continue
      this.#servers.delete(key)
      this.endpoints.close(place, now)
    }
  }
}

function isSame(told: Told, netns: number, all: Uint32Array, ip: number, owner: EndpointOwner): boolean {
  if (told.netns !== netns || told.pid !== owner.pid || told.identity !== owner.identity) return false
  for (let w = 0; w < 4; w++) if (told.words[w] !== all[ip + w]) return false
  return true
}
