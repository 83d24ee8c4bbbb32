const EMPTY = -1
/** Entry that no cookie ever gets: for what is asked about once and not kept. */
export const SCRATCH = 0

/** Mixes both words of a cookie; cookies count up per CPU, so their low bits alone would cluster. */
function hash(lo: number, hi: number): number {
  let h = Math.imul(lo ^ Math.imul(hi, 0x9e3779b1), 0x85ebca6b)
  h ^= h >>> 15
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/**
 * Hash from a 64-bit socket cookie to an entry number from 1, below `capacity`: open addressing with linear probing, and deletion
 * that shifts back, so that it needs no tombstones. It doubles up to `max` entries (less the scratch one) and then refuses.
 * Memory: 16 bytes an entry of capacity.
 */
export class CookieTable {
  size = 0
  capacity: number
  #slots: Int32Array
  #lo: Uint32Array
  #hi: Uint32Array
  #free: Int32Array
  #freeCount = 0

  /** @param capacity first capacity and @param max the last; both powers of two */
  constructor(
    capacity: number,
    readonly max: number,
  ) {
    this.capacity = capacity
    this.#slots = new Int32Array(capacity * 2).fill(EMPTY)
    this.#lo = new Uint32Array(capacity)
    this.#hi = new Uint32Array(capacity)
    this.#free = new Int32Array(capacity)
    this.#release(SCRATCH + 1, capacity)
  }

  /** Entry of a cookie, or -1. */
  find(lo: number, hi: number): number {
    const mask = this.#slots.length - 1
    for (let slot = hash(lo, hi) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]!
      if (entry === EMPTY || (this.#lo[entry] === lo && this.#hi[entry] === hi)) return entry
    }
  }

  /** New entry for a cookie that is not in the table, or -1 where it is full. */
  insert(lo: number, hi: number): number {
    if (this.#freeCount === 0 && !this.#grow()) return EMPTY
    const entry = this.#free[--this.#freeCount]!
    this.#lo[entry] = lo
    this.#hi[entry] = hi
    this.#place(entry)
    this.size++
    return entry
  }

  remove(entry: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let hole = this.#home(entry)
    while (slots[hole] !== entry) hole = (hole + 1) & mask
    for (let slot = (hole + 1) & mask; slots[slot] !== EMPTY; slot = (slot + 1) & mask) {
      const distance = (slot - this.#home(slots[slot]!)) & mask
      if (distance < ((slot - hole) & mask)) continue
      slots[hole] = slots[slot]!
      hole = slot
    }
    slots[hole] = EMPTY
    this.#free[this.#freeCount++] = entry
    this.size--
  }

  /** Calls back with each entry in use; the callback may remove that entry. */
  forEach(visit: (entry: number) => void): void {
    const entries: number[] = []
    for (const entry of this.#slots) if (entry !== EMPTY) entries.push(entry)
    entries.forEach(visit)
  }

  #home(entry: number): number {
    return hash(this.#lo[entry]!, this.#hi[entry]!) & (this.#slots.length - 1)
  }

  #place(entry: number): void {
    const mask = this.#slots.length - 1
    let slot = this.#home(entry)
    while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & mask
    this.#slots[slot] = entry
  }

  #release(from: number, to: number): void {
    for (let entry = to - 1; entry >= from; entry--) this.#free[this.#freeCount++] = entry
  }

  #grow(): boolean {
    if (this.capacity >= this.max) return false
    const before = this.capacity
    this.capacity *= 2
    this.#lo = enlarged(this.#lo, this.capacity)
    this.#hi = enlarged(this.#hi, this.capacity)
    this.#free = new Int32Array(this.capacity)
    this.#slots = new Int32Array(this.capacity * 2).fill(EMPTY)
    for (let entry = SCRATCH + 1; entry < before; entry++) this.#place(entry)
    this.#release(before, this.capacity)
    return true
  }
}

export type NumberArray = Uint8Array | Uint16Array | Uint32Array | Float64Array

/** The same numbers at the head of a longer array. The shorter one is none any more: its memory is free at once, and not when V8 next collects. */
export function enlarged<A extends NumberArray>(array: A, length: number): A {
  const longer = new (array.constructor as new (n: number) => A)(length)
  longer.set(array)
  // To transfer it to the greater length would write zeros behind it, and so take memory for entries that may never be.
  const { buffer } = array
  ;(buffer as ArrayBuffer).transfer(0)
  return longer
}
