const WORDS = 5

/**
 * Set of (netns, address), asked for each record: open addressing over one Uint32Array, five words an entry.
 * Bounded: what finds no room is refused.
 */
export class AddressSet {
  size = 0
  #entries: Uint32Array
  #used: Uint8Array

  /** @param max addresses held; a power of two */
  constructor(readonly max: number) {
    this.#entries = new Uint32Array(max * 2 * WORDS)
    this.#used = new Uint8Array(max * 2)
  }

  has(netns: number, a: number, b: number, c: number, d: number): boolean {
    return this.#used[this.#slot(netns, a, b, c, d)] === 1
  }

  /** @returns false where it is in already, or the set is full */
  add(netns: number, a: number, b: number, c: number, d: number): boolean {
    const slot = this.#slot(netns, a, b, c, d)
    if (this.#used[slot] === 1 || this.size >= this.max) return false
    this.#used[slot] = 1
    this.#entries.set([netns, a, b, c, d], slot * WORDS)
    this.size++
    return true
  }

  *[Symbol.iterator](): Generator<[netns: number, a: number, b: number, c: number, d: number]> {
    for (let slot = 0; slot < this.#used.length; slot++) {
      if (this.#used[slot] === 0) continue
      const [netns, a, b, c, d] = this.#entries.subarray(slot * WORDS, slot * WORDS + WORDS)
      yield [netns!, a!, b!, c!, d!]
    }
  }

  #slot(netns: number, a: number, b: number, c: number, d: number): number {
    const e = this.#entries
    const mask = this.#used.length - 1
    let h = Math.imul(netns, 0x9e3779b1) ^ Math.imul(d, 0x85ebca6b) ^ Math.imul(c ^ (b << 7) ^ (a << 13), 0xc2b2ae35)
    h ^= h >>> 16
    for (let slot = h & mask; ; slot = (slot + 1) & mask) {
      if (this.#used[slot] === 0) return slot
      const i = slot * WORDS
      if (e[i] === netns && e[i + 1] === a && e[i + 2] === b && e[i + 3] === c && e[i + 4] === d) return slot
    }
  }
}
