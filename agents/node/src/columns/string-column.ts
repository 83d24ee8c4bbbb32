import type { Dictionary } from '@headwater/contracts'

/** A dictionary-encoded column that grows: each distinct text stands once, rows hold its index. */
export class StringColumn {
  indices: Int32Array
  /** UTF-8 bytes of the distinct texts, at most (4 a UTF-16 unit is never reached). */
  bytes = 0
  #values: string[] = []
  #index = new Map<string, number>()
  #last = ''
  #lastIndex = -1

  constructor(capacity: number) {
    this.indices = new Int32Array(capacity)
  }

  set(row: number, value: string): void {
    // Many columns hold the same text row after row.
    this.indices[row] = value === this.#last && this.#lastIndex >= 0 ? this.#lastIndex : this.indexOf(value)
  }

  /** Where a text stands among the distinct ones, until the next `clear`. */
  indexOf(value: string): number {
    let index = this.#index.get(value)
    if (index === undefined) {
      index = this.#values.push(value) - 1
      this.#index.set(value, index)
      this.bytes += value.length * 3 + 4
    }
    this.#last = value
    this.#lastIndex = index
    return index
  }

  /** The text of a row written before. */
  get(row: number): string {
    return this.#values[this.indices[row] ?? 0] ?? ''
  }

  dictionary(rows: number): Dictionary {
    return { indices: this.indices.subarray(0, rows), values: this.#values }
  }

  clear(): void {
    this.bytes = 0
    this.#values = []
    this.#index.clear()
    this.#lastIndex = -1
  }

  resize(capacity: number, rows: number): void {
    const indices = new Int32Array(capacity)
    indices.set(this.indices.subarray(0, rows))
    this.indices = indices
  }
}
