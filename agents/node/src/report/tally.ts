/** What the agent has produced and lost so far; cumulative over the instance, said in every batch and report. */
export class Tally {
  rows = 0
  batches = 0
  #dropped = new Map<string, number>()

  /** Counts rows that will not arrive, by reason. */
  drop(reason: string, rows: number): void {
    if (rows > 0) this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + rows)
  }

  /** Sets a count that is cumulative where it comes from. */
  set(reason: string, rows: number): void {
    if (rows > 0) this.#dropped.set(reason, rows)
  }

  get produced(): { rows: number; batches: number } {
    return { rows: this.rows, batches: this.batches }
  }

  get dropped(): Record<string, number> {
    return Object.fromEntries(this.#dropped)
  }
}
