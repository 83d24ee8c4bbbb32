/** Sequences remembered of one instance: more than an agent can have on the way. */
const PER_INSTANCE = 4096
const MAX_INSTANCES = 50_000

/** Batches that this process knows to be stored, and how many copies of each it has left out. By instance, for sequences may come in any order. */
export class StoredSequences {
  readonly #instances = new Map<string, Map<number, number>>()

  /** Copies left out; undefined where it is not known to be stored. */
  copies(instance: string, sequence: number): number | undefined {
    return this.#instances.get(instance)?.get(sequence)
  }

  addCopy(instance: string, sequence: number): void {
    const stored = this.#instances.get(instance)
    const copies = stored?.get(sequence)
    if (copies !== undefined) stored?.set(sequence, copies + 1)
  }

  add(instance: string, sequence: number): void {
    let stored = this.#instances.get(instance)
    if (stored === undefined) {
      stored = new Map()
      this.#instances.set(instance, stored)
      if (this.#instances.size > MAX_INSTANCES) this.#instances.delete(this.#instances.keys().next().value as string)
    }
    stored.set(sequence, 0)
    if (stored.size > PER_INSTANCE) stored.delete(stored.keys().next().value as number)
  }
}
