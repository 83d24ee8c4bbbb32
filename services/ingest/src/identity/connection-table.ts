/** No slot of a `ConnectionTable`. */
export const NO_SLOT = -1

const FIRST_SLOTS = 1024

/** Slot to look at first. Ids are hashes; small ones, as tests have them, are spread all the same. */
const placeOf = (low: number, high: number): number => Math.imul(low ^ Math.imul(high, 0x9e37_79b1), 0x85eb_ca6b) >>> 7

/** Filled, so that V8 keeps it as a plain block of memory. */
const empty = <T>(length: number): (T | undefined)[] => new Array<T | undefined>(length).fill(undefined)

/**
 * Connection ids (64 bits, none 0) to slots: open addressing in typed arrays, since a Map has an object and a bigint for each. Nothing is
 * removed; `clear` forgets all.
 */
export class ConnectionTable<End> {
  size = 0
  /** How often all slots became others. */
  moves = 0
  /** By 2 x slot + role. */
  ends: (End | undefined)[] = empty(2 * FIRST_SLOTS)
  /** By slot. */
  countedBy: (string | undefined)[] = empty(FIRST_SLOTS)
  #words = new Uint32Array(2 * FIRST_SLOTS)
  #mask = FIRST_SLOTS - 1

  /** @returns NO_SLOT where it is unknown */
  find(low: number, high: number): number {
    for (let slot = placeOf(low, high) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const l = this.#words[2 * slot]
      const h = this.#words[2 * slot + 1]
      if (l === low && h === high) return slot
      if (l === 0 && h === 0) return NO_SLOT
    }
  }

  /** The slot of one that is not there yet. Slots found before hold no longer. */
  add(low: number, high: number): number {
    if (this.size * 2 > this.#mask) this.#grow()
    this.size++
    return this.#put(low, high)
  }

  clear(): void {
    this.size = 0
    this.#words.fill(0)
    this.ends.fill(undefined)
    this.countedBy.fill(undefined)
  }

  #put(low: number, high: number): number {
    let slot = placeOf(low, high) & this.#mask
    while (this.#words[2 * slot] !== 0 || this.#words[2 * slot + 1] !== 0) slot = (slot + 1) & this.#mask
    this.#words[2 * slot] = low
    this.#words[2 * slot + 1] = high
    return slot
  }

  #grow(): void {
    this.moves++
    const { ends, countedBy } = this
    const words = this.#words
    this.#words = new Uint32Array(2 * words.length)
    this.#mask = words.length - 1
    this.ends = empty(2 * words.length)
    this.countedBy = empty(words.length)
    for (let old = 0; 2 * old < words.length; old++) {
      const [low, high] = [words[2 * old] as number, words[2 * old + 1] as number]
      if (low === 0 && high === 0) continue
      const slot = this.#put(low, high)
      this.ends[2 * slot] = ends[2 * old]
      this.ends[2 * slot + 1] = ends[2 * old + 1]
      this.countedBy[slot] = countedBy[old]
    }
  }
}
