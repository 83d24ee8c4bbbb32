/** No slot of a `ConnectionTable`. */
export const NO_SLOT = -1

const FIRST_SLOTS = 1024

/** Of a slot: both words of the id, numbers of the end of each role, and of whose server's rows count. */
const WIDTH = 5
const [LOW, HIGH, ENDS, COUNTED_BY] = [0, 1, 2, 4]

/** Slot to look at first. Ids are hashes; small ones, as tests have them, are spread all the same. */
const placeOf = (low: number, high: number): number => Math.imul(low ^ Math.imul(high, 0x9e37_79b1), 0x85eb_ca6b) >>> 7

/** Things by number, from 1; each once. */
class Numbered<T> {
  readonly #all: (T | undefined)[] = [undefined]
  readonly #numbers = new Map<T, number>()

  of(number: number): T | undefined {
    return this.#all[number]
  }

  number(thing: T | undefined): number {
    if (thing === undefined) return 0
    let number = this.#numbers.get(thing)
    if (number === undefined) {
      number = this.#all.push(thing) - 1
      this.#numbers.set(thing, number)
    }
    return number
  }

  clear(): void {
    this.#all.length = 1
    this.#numbers.clear()
  }
}

/**
 * Connection ids (64 bits, none 0) to slots: open addressing in one typed array, since a Map has an object and a bigint for each, and lists of ends would be
 * gone through by each collection of garbage. Nothing is removed; `clear` forgets all.
 */
export class ConnectionTable<End> {
  size = 0
  /** How often all slots became others. */
  moves = 0
  readonly #ends = new Numbered<End>()
  readonly #names = new Numbered<string>()
  #cells = new Uint32Array(WIDTH * FIRST_SLOTS)
  #mask = FIRST_SLOTS - 1

  /** @returns NO_SLOT where it is unknown */
  find(low: number, high: number): number {
    const cells = this.#cells
    for (let slot = placeOf(low, high) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const l = cells[WIDTH * slot + LOW]
      const h = cells[WIDTH * slot + HIGH]
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

  end(slot: number, role: 0 | 1): End | undefined {
    return this.#ends.of(this.#cells[WIDTH * slot + ENDS + role] as number)
  }

  setEnd(slot: number, role: 0 | 1, end: End | undefined): void {
    this.#cells[WIDTH * slot + ENDS + role] = this.#ends.number(end)
  }

  countedBy(slot: number): string | undefined {
    return this.#names.of(this.#cells[WIDTH * slot + COUNTED_BY] as number)
  }

  setCountedBy(slot: number, name: string | undefined): void {
    this.#cells[WIDTH * slot + COUNTED_BY] = this.#names.number(name)
  }

  clear(): void {
    this.size = 0
    this.#cells.fill(0)
    this.#ends.clear()
    this.#names.clear()
  }

  #put(low: number, high: number): number {
    const cells = this.#cells
    let slot = placeOf(low, high) & this.#mask
    while (cells[WIDTH * slot + LOW] !== 0 || cells[WIDTH * slot + HIGH] !== 0) slot = (slot + 1) & this.#mask
    cells[WIDTH * slot + LOW] = low
    cells[WIDTH * slot + HIGH] = high
    return slot
  }

  #grow(): void {
    this.moves++
    const cells = this.#cells
    this.#cells = new Uint32Array(2 * cells.length)
    this.#mask = 2 * this.#mask + 1
    for (let at = 0; at < cells.length; at += WIDTH) {
      const [low, high] = [cells[at + LOW] as number, cells[at + HIGH] as number]
      if (low === 0 && high === 0) continue
      const slot = this.#put(low, high)
      for (let i = ENDS; i < WIDTH; i++) this.#cells[WIDTH * slot + i] = cells[at + i] as number
    }
  }
}
