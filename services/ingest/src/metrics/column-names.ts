/** Names of columns as they may be a label: the number of series is bounded, and what a broken message calls its columns is anything. */
const NAME = /^[a-z][a-z0-9_]{0,62}$/
const MOST = 100

export class ColumnNames {
  readonly #known = new Set<string>()

  /** @returns `other` for what is no name of a column, and for what comes after the first hundred */
  label(name: string): string {
    if (this.#known.has(name)) return name
    if (!NAME.test(name) || this.#known.size >= MOST) return 'other'
    this.#known.add(name)
    return name
  }
}
