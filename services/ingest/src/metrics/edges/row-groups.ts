import type { Dictionary } from '@headwater/contracts'

const FIRST_PLACES = 1024

/**
 * Rows of one block by what some of its columns say, numbered from 0 as they are met. Told apart by the indices of the dictionaries alone: no text is looked
 * at, and no key is made for a row. Open addressing; of each group there is its first row, with which others are compared.
 */
export class RowGroups {
  size = 0
  readonly #columns: readonly Int32Array[]
  /** By place: number of a group and 1; 0 for none. */
  #places = new Int32Array(FIRST_PLACES)
  /** By group. */
  readonly #rows: number[] = []
  readonly #kinds: number[] = []

  constructor(dictionaries: readonly Dictionary[]) {
    // A text that all rows have tells none apart.
    this.#columns = dictionaries.filter(({ values }) => values.length > 1).map(({ indices }) => indices)
  }

  /** The group of a row; a new one has the number that `size` was. @param kind rows of another are of another group */
  of(row: number, kind = 0): number {
    const places = this.#places
    const mask = places.length - 1
    for (let place = this.#hash(row, kind) & mask; ; place = (place + 1) & mask) {
      const group = (places[place] as number) - 1
      if (group < 0) {
        this.#rows.push(row)
        this.#kinds.push(kind)
        places[place] = ++this.size
        if (2 * this.size > mask) this.#grow()
        return this.size - 1
      }
      if (this.#kinds[group] === kind && this.#isSame(row, this.#rows[group] as number)) return group
    }
  }

  #hash(row: number, kind: number): number {
    const columns = this.#columns
    let hash = kind
    for (let i = 0; i < columns.length; i++)
      hash = Math.imul(hash ^ ((columns[i] as Int32Array)[row] as number), 0x9e37_79b1)
    return hash ^ (hash >>> 15)
  }

  #isSame(a: number, b: number): boolean {
    const columns = this.#columns
    for (let i = 0; i < columns.length; i++) {
      const indices = columns[i] as Int32Array
      if (indices[a] !== indices[b]) return false
    }
    return true
  }

  #grow(): void {
    const places = new Int32Array(2 * this.#places.length)
    const mask = places.length - 1
    for (let group = 0; group < this.size; group++) {
      let place = this.#hash(this.#rows[group] as number, this.#kinds[group] as number) & mask
      while (places[place] !== 0) place = (place + 1) & mask
      places[place] = group + 1
    }
    this.#places = places
  }
}
