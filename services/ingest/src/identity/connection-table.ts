/** No slot of a `ConnectionTable`. */
export const NO_SLOT = -1

const FIRST_PLACES = 1024

/** Of a slot: both words of the id, numbers of the end of each role, and of whose server's rows count. */
const WIDTH = 5
const [LOW, HIGH, ENDS, COUNTED_BY] = [0, 1, 2, 4]

/** Ids are hashes; small ones, as tests have them, are spread all the same. */
function hashOf(low: number, high: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x9e37_79b1), 0x85eb_ca6b)
  return mixed ^ (mixed >>> 15)
}

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
 * Connection ids (64 bits, none 0) to slots, in typed arrays, since a Map has an object and a bigint for each, and lists of ends would be gone through by each
 * collection of garbage. Slots lie one after the other in the order in which they are added; an index beside them says where an id is: open addressing, at most
 * half full, a word for each, so that it is small: ids are hashes, and each look-up reads another place of it.
 *
 *     word = bits of the id's hash above those of a place | 1 + number of its slot; 0: none
 *
 * Nothing is removed; `clear` forgets all.
 */
export class ConnectionTable<End> {
  size = 0
  readonly #ends = new Numbered<End>()
  readonly #names = new Numbered<string>()
  #index = new Int32Array(FIRST_PLACES)
  #mask = FIRST_PLACES - 1
  #slots = new Uint32Array(WIDTH * (FIRST_PLACES / 2))

  /**
   * Reads where the index would have each of these ids, for the processor to have that in its cache: many at once, where looking one up after the other waits for
   * each. @param ids two words each @returns of no meaning
   */
  fetch(ids: Uint32Array): number {
    const [index, mask] = [this.#index, this.#mask]
    let read = 0
    for (let at = 0; at < ids.length; at += 2)
      read |= index[hashOf(ids[at] as number, ids[at + 1] as number) & mask] as number
    return read
  }

  /** @returns NO_SLOT where it is unknown */
  find(low: number, high: number): number {
    const [index, slots, mask] = [this.#index, this.#slots, this.#mask]
    const hash = hashOf(low, high)
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const word = index[place] as number
      if (word === 0) return NO_SLOT
      if (((word ^ hash) & ~mask) !== 0) continue
      const slot = (word & mask) - 1
      if (slots[WIDTH * slot + LOW] === low && slots[WIDTH * slot + HIGH] === high) return slot
    }
  }

  /** The slot of one that is not there yet. */
  add(low: number, high: number): number {
    if (2 * (this.size + 1) > this.#mask) this.#grow()
    const slot = this.size++
    this.#point(low, high, slot)
    const at = WIDTH * slot
    this.#slots[at + LOW] = low
    this.#slots[at + HIGH] = high
    for (let i = ENDS; i < WIDTH; i++) this.#slots[at + i] = 0
    return slot
  }

  end(slot: number, role: 0 | 1): End | undefined {
    return this.#ends.of(this.#slots[WIDTH * slot + ENDS + role] as number)
  }

  setEnd(slot: number, role: 0 | 1, end: End | undefined): void {
    this.#slots[WIDTH * slot + ENDS + role] = this.#ends.number(end)
  }

  countedBy(slot: number): string | undefined {
    return this.#names.of(this.#slots[WIDTH * slot + COUNTED_BY] as number)
  }

  setCountedBy(slot: number, name: string | undefined): void {
    this.#slots[WIDTH * slot + COUNTED_BY] = this.#names.number(name)
  }

  clear(): void {
    this.size = 0
    this.#index.fill(0)
    this.#ends.clear()
    this.#names.clear()
  }

  #point(low: number, high: number, slot: number): void {
    const [index, mask] = [this.#index, this.#mask]
    const hash = hashOf(low, high)
    let place = hash & mask
    while (index[place] !== 0) place = (place + 1) & mask
    index[place] = (hash & ~mask) | (slot + 1)
  }

  #grow(): void {
    const slots = this.#slots
    this.#slots = new Uint32Array(2 * slots.length)
    this.#slots.set(slots)
    this.#index = new Int32Array(2 * this.#index.length)
    this.#mask = this.#index.length - 1
    for (let slot = 0; slot < this.size; slot++)
      this.#point(slots[WIDTH * slot + LOW] as number, slots[WIDTH * slot + HIGH] as number, slot)
  }
}
