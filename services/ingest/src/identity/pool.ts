/** Objects that are used again after a reset, in the order in which they were made. */
export class Pool<T extends { reset(): void }> {
  readonly #all: T[] = []
  #used = 0

  constructor(private readonly make: () => T) {}

  reset(): void {
    this.#used = 0
  }

  take(): T {
    let one = this.#all[this.#used]
    if (one === undefined) {
      one = this.make()
      this.#all.push(one)
    }
    this.#used++
    one.reset()
    return one
  }
}
