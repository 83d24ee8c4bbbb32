/** The time (Unix ms, whole) around a question in which its answer is the same: narrowed by whoever has a part in the answer. */
export class Span {
  #from = Number.NEGATIVE_INFINITY
  #to = Number.POSITIVE_INFINITY

  /** @param time that was asked about @param change from when on the answer may be another */
  narrow(time: number, change: number): void {
    if (change <= time) this.#from = Math.max(this.#from, change)
    else this.#to = Math.min(this.#to, change)
  }

  /** As a new one. */
  reset(): void {
    this.#from = Number.NEGATIVE_INFINITY
    this.#to = Number.POSITIVE_INFINITY
  }

  holds(time: number): boolean {
    return this.#from <= time && time < this.#to
  }
}
