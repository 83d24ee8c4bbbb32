const FIRST_SLOTS = 1024

const placeOf = (a: number, b: number, c: number, d: number): number => {
  const mixed =
    Math.imul(a ^ Math.imul(b, 0x9e37_79b1), 0x85eb_ca6b) ^ Math.imul(c ^ Math.imul(d, 0xc2b2_ae35), 0x27d4_eb2f)
  return (mixed ^ (mixed >>> 15)) >>> 0
}

/** Addresses (16 bytes as four words) to values: open addressing, since a key of its own for each look-up costs more than all else. */
export class AddressTable<T> {
  size = 0
  #words = new Uint32Array(4 * FIRST_SLOTS)
  #values: (T | undefined)[] = new Array<T | undefined>(FIRST_SLOTS).fill(undefined)
  #mask = FIRST_SLOTS - 1

  /** @param at place of its first word */
  get(words: Uint32Array, at: number): T | undefined {
    return this.#values[this.#slot(words, at)]
  }

  /** Of one that is not there yet. */
  add(words: Uint32Array, at: number, value: T): void {
    if (++this.size * 2 > this.#mask) this.#grow()
    this.#put(words, at, value)
  }

  #put(words: Uint32Array, at: number, value: T): void {
    const slot = this.#slot(words, at)
    for (let i = 0; i < 4; i++) this.#words[4 * slot + i] = words[at + i] as number
    this.#values[slot] = value
  }

  /** Where it is, or would be. */
  #slot(words: Uint32Array, at: number): number {
    const [all, values, mask] = [this.#words, this.#values, this.#mask]
    const a = words[at] as number
    const b = words[at + 1] as number
    const c = words[at + 2] as number
    const d = words[at + 3] as number
    for (let slot = placeOf(a, b, c, d) & mask; ; slot = (slot + 1) & mask) {
      const of = 4 * slot
      // All words of an empty slot are 0, and so are those of ::.
      if (all[of + 3] === d && all[of + 2] === c && all[of + 1] === b && all[of] === a) return slot
      if (values[slot] === undefined) return slot
    }
  }

  #grow(): void {
    const [words, values] = [this.#words, this.#values]
    this.#words = new Uint32Array(2 * words.length)
    this.#values = new Array<T | undefined>(2 * values.length).fill(undefined)
    this.#mask = 2 * values.length - 1
    for (const [slot, value] of values.entries()) if (value !== undefined) this.#put(words, 4 * slot, value)
  }
}
