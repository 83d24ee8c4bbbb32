import type { NamespaceAddresses } from '@headwater/native'
import { type AddressWords, formatAddress, isLinkLocal, isWildcard, parseAddress } from './address.js'
import { AddressSet } from './address-set.js'
import type { Endpoints } from './endpoints.js'

const MAX_ADDRESSES = 16_384
const LOOPBACKS = ['127.0.0.1', '::1'].map((text) => parseAddress(text)!)

/**
 * Addresses that are this node's: from its sockets, its interfaces, and the loopback of every namespace seen. Each is published
 * once as a `node-address`. Link-local ones are left out: another node of the realm has them too.
 *
 * Two generations: what is seen goes into the newer one, and `rotate` ends what only the older one has (a pod that is gone).
 */
export class NodeAddresses {
  /** How often an address found no room. */
  refused = 0
  #now = new AddressSet(MAX_ADDRESSES)
  #before = new AddressSet(1)
  #namespaces = new Set<number>()

  constructor(private readonly endpoints: Endpoints) {}

  /** Takes note of the local address of a socket. @param time Unix ms */
  saw(netns: number, a: number, b: number, c: number, d: number, time: number): void {
    if (this.#now.has(netns, a, b, c, d)) return
    this.#enter(netns, time)
    this.#add(netns, [a, b, c, d], time)
  }

  /** Takes note of the addresses of interfaces, also of a namespace that has no socket yet. */
  scan(time: number, interfaces: readonly NamespaceAddresses[]): void {
    for (const { netns, addresses } of interfaces) {
      this.#enter(netns, time)
      for (const address of addresses) {
        const words = parseAddress(address)
        if (words !== undefined) this.#add(netns, words, time)
      }
    }
  }

  /** Ends the addresses that were not seen since the call before. */
  rotate(time: number): void {
    for (const [netns, ...words] of this.#before) if (!this.#now.has(netns, ...words)) this.#end(netns, words, time)
    this.#before = this.#now
    this.#now = new AddressSet(MAX_ADDRESSES)
    this.#namespaces.clear()
  }

  /** Is the address one of the namespace's own? */
  has(netns: number, words: AddressWords): boolean {
    return this.#now.has(netns, ...words) || this.#before.has(netns, ...words)
  }

  #enter(netns: number, time: number): void {
    if (this.#namespaces.has(netns)) return
    this.#namespaces.add(netns)
    for (const words of LOOPBACKS) this.#add(netns, words, time)
  }

  #add(netns: number, words: AddressWords, time: number): void {
    if (isWildcard(words) || this.#now.has(netns, ...words)) return
    if (!this.#now.add(netns, ...words)) {
      this.refused++
      return
    }
    if (isLinkLocal(words) || this.#before.has(netns, ...words)) return
    this.endpoints.open({ kind: 'node-address', netns, address: formatAddress(words), port: 0 }, time)
  }

  #end(netns: number, words: AddressWords, time: number): void {
    if (isLinkLocal(words)) return
    this.endpoints.close({ kind: 'node-address', netns, address: formatAddress(words), port: 0 }, time)
  }
}
