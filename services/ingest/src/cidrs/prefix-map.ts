import type { AddressKey } from '../address/address.js'
import { type Cidr, maskKey } from './cidr.js'

interface Length<T> {
  bits: number
  ranges: Map<AddressKey, T>
}

/** Values by range of addresses; the longest prefix wins. One Map a prefix length: as many look-ups as lengths are in use. */
export class PrefixMap<T> {
  /** By family, the longest first. */
  readonly #lengths: { 4: Length<T>[]; 6: Length<T>[] } = { 4: [], 6: [] }

  get({ family, key, bits }: Cidr): T | undefined {
    return this.#lengths[family].find((l) => l.bits === bits)?.ranges.get(key)
  }

  set({ family, key, bits }: Cidr, value: T): void {
    const lengths = this.#lengths[family]
    let length = lengths.find((l) => l.bits === bits)
    if (length === undefined) {
      length = { bits, ranges: new Map() }
      lengths.push(length)
      lengths.sort((a, b) => b.bits - a.bits)
    }
    length.ranges.set(key, value)
  }

  /** The value of the longest prefix that the address is in. */
  find(address: AddressKey): T | undefined {
    for (const { bits, ranges } of this.#lengths[typeof address === 'number' ? 4 : 6]) {
      const value = ranges.get(maskKey(address, bits))
      if (value !== undefined) return value
    }
    return undefined
  }
}
