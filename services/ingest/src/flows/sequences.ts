/** Sequences remembered of one instance: more than an agent can have on the way. */
const PER_INSTANCE = 4096
const MAX_INSTANCES = 50_000

/** Batches that this process knows to be stored. A set per instance, for sequences may come in any order. */
export class StoredSequences {
  readonly #instances = new Map<string, Set<number>>()

  has(instance: string, sequence: number): boolean {
    return this.#instances.get(instance)?.has(sequence) ?? false
  }

  add(instance: string, sequence: number): void {
    let stored = this.#instances.get(instance)
    if (stored === undefined) {
      stored = new Set()
      this.#instances.set(instance, stored)
      if (this.#instances.size > MAX_INSTANCES) this.#instances.delete(this.#instances.keys().next().value as string)
    }
    stored.add(sequence)
    if (stored.size > PER_INSTANCE) stored.delete(stored.values().next().value as number)
  }
}
