import { type Dictionary, heap, type Memory } from '@headwater/contracts'

/** Texts of a column, each once; the first is the empty one. */
export class TextList {
  readonly values: string[]
  readonly #known = new Map<string, number>()

  /** @param seed texts to begin with instead */
  constructor(seed: readonly string[] = ['']) {
    this.values = [...seed]
    for (const [index, value] of this.values.entries()) this.#known.set(value, index)
  }

  /** Number of a text. */
  index(text: string): number {
    let index = this.#known.get(text)
    if (index === undefined) {
      index = this.values.push(text) - 1
      this.#known.set(text, index)
    }
    return index
  }
}

/** A string column under construction: each text once, rows point to it. */
export class DictionaryBuilder {
  readonly #indices: Int32Array
  readonly #texts: TextList

  /** `seed`: start from another column's rows and texts; what `set` does not touch stays as it is there. */
  constructor(rows: number, seed: Dictionary, memory: Memory = heap) {
    this.#indices = memory.take(Int32Array, rows)
    this.#indices.set(seed.indices.subarray(0, rows))
    this.#texts = new TextList(seed.values)
  }

  set(row: number, text: string): void {
    this.#indices[row] = this.#texts.index(text)
  }

  finish(): Dictionary {
    return { indices: this.#indices, values: this.#texts.values }
  }
}

const zeros = new Int32Array(1 << 16)

/** The same text in every row. The indices are shared: not to be written. */
export const constant = (rows: number, text: string): Dictionary => ({
  indices: rows <= zeros.length ? zeros.subarray(0, rows) : new Int32Array(rows),
  values: [text],
})
