/**
 * A bounded map in two generations: when the young one is full it becomes the old one, and what nobody asked for meanwhile is forgotten.
 */
export class Generations<K, V> {
  #young = new Map<K, V>()
  #old = new Map<K, V>()

  /** @param perGeneration entries held of each, so twice as many at most @param turned called as one becomes the old one */
  constructor(
    private readonly perGeneration: number,
    private readonly turned: () => void = () => undefined,
  ) {}

  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** What is asked for is young again. */
  get(key: K): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.perGeneration) {
      this.#old = this.#young
      this.#young = new Map()
      this.turned()
    }
    this.#young.set(key, value)
  }
}
