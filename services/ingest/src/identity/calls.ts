import type { Address } from './addresses.js'
import type { End } from './connections.js'

const PLACES = 1 << 14

/** Calls that were told of lately, so that each is told of once for the same end: the last of those that fall on one place. */
export class Calls {
  readonly #clients = new Uint32Array(PLACES)
  readonly #servers = new Uint32Array(PLACES)
  readonly #ports = new Uint16Array(PLACES)
  readonly #ends = new Array<End | undefined>(PLACES).fill(undefined)

  /** @returns whether it is another than the last from there to there, or that is not known */
  isNew(client: Address, server: Address, port: number, end: End): boolean {
    const mixed =
      Math.imul(Math.imul(client.number, 0x9e37_79b1) ^ server.number, 0x85eb_ca6b) ^ Math.imul(port, 0xc2b2_ae35)
    const place = (mixed ^ (mixed >>> 15)) & (PLACES - 1)
    if (
      this.#ends[place] === end &&
      this.#clients[place] === client.number &&
      this.#servers[place] === server.number &&
      this.#ports[place] === port
    )
      return false
    this.#ends[place] = end
    this.#clients[place] = client.number
    this.#servers[place] = server.number
    this.#ports[place] = port
    return true
  }

  clear(): void {
    this.#ends.fill(undefined)
  }
}
