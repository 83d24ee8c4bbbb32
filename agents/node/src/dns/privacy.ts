import { createHmac } from 'node:crypto'

/** What becomes of names: kept, replaced by a hash, or left out with the addresses of their answers. */
export const dnsNameModes = ['keep', 'hash', 'off'] as const
export type DnsNames = (typeof dnsNameModes)[number]

const HASH_DIGITS = 16
const CACHE = 4096

/**
 * Names as they may leave the node. A hash is the same on each node of a realm, so that questions can be compared; who guesses a name
 * can check the guess.
 */
export class NamePrivacy {
  #hashes = new Map<string, string>()

  constructor(
    readonly mode: DnsNames,
    private readonly realm: string,
  ) {}

  of(name: string): string {
    if (this.mode === 'keep' || name === '') return name
    return this.mode === 'off' ? '' : this.#hash(name)
  }

  #hash(name: string): string {
    const known = this.#hashes.get(name)
    if (known !== undefined) return known
    const hash = `#${createHmac('sha256', this.realm).update(name).digest('hex').slice(0, HASH_DIGITS)}`
    if (this.#hashes.size >= CACHE) this.#hashes.clear()
    this.#hashes.set(name, hash)
    return hash
  }
}

/** Different names of one interval: each is a text in every batch and in the store. */
export class NameBudget {
  #names = new Set<string>()

  constructor(private readonly max: number) {}

  /** Whether the name may be used in this interval. */
  admits(name: string): boolean {
    if (name === '' || this.#names.has(name)) return true
    if (this.#names.size >= this.max) return false
    this.#names.add(name)
    return true
  }

  /** A new interval begins. */
  renew(): void {
    this.#names.clear()
  }
}
