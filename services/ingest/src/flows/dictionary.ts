import type { Dictionary } from '@headwater/contracts'

/** A string column under construction: each text once, rows point to it. */
export class DictionaryBuilder {
  readonly #indices: Int32Array
  readonly #values: string[]
  readonly #known = new Map<string, number>()

  /** `seed`: start from another column's rows and texts; what `set` does not touch stays as it is there. */
  constructor(rows: number, seed?: Dictionary) {
    this.#indices = seed === undefined ? new Int32Array(rows) : seed.indices.slice(0, rows)
    this.#values = seed === undefined ? [''] : [...seed.values]
    for (const [index, value] of this.#values.entries()) this.#known.set(value, index)
  }

  set(row: number, text: string): void {
    let index = this.#known.get(text)
    if (index === undefined) {
      index = this.#values.push(text) - 1
      this.#known.set(text, index)
    }
    this.#indices[row] = index
  }

  finish(): Dictionary {
    return { indices: this.#indices, values: this.#values }
  }
}

/** The same text in every row. */
export const constant = (rows: number, text: string): Dictionary => ({ indices: new Int32Array(rows), values: [text] })
