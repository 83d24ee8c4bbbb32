/** Mixes the bits of a 32-bit number: the finalizer of MurmurHash3 (Austin Appleby, public domain). */
export function mix(n: number): number {
  let h = n >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Numbers that look random, the same for the same seed: Weyl's sequence, mixed. */
export class Numbers {
  #state: number

  constructor(seed: number) {
    this.#state = mix(seed ^ 0x9e37_79b9)
  }

  /** The next 32 bits. */
  next(): number {
    this.#state = (this.#state + 0x9e37_79b9) >>> 0
    return mix(this.#state)
  }

  /** 0 to `end` - 1. */
  below(end: number): number {
    return Math.floor((this.next() / 2 ** 32) * end)
  }

  /** Of many small and few large: about `typical` in the middle, up to 64 times of it. */
  skewed(typical: number): number {
    return Math.floor(typical * 2 ** ((this.below(1000) + this.below(1000) + this.below(1000)) / 250 - 6))
  }
}
