/** What the agent has produced and lost so far; cumulative over the instance, said in every batch and report. */
export class Tally {
  rows = 0
  batches = 0
  #dropped = new Map<string, number>()

  /** Counts rows that will not arrive, by reason. */
  drop(reason: string, rows: number): void {
    if (rows > 0) this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + rows)
  }

  /** What else was lost; undefined where nothing was. */
  losses: Record<string, number> | undefined

  /** Takes note of what was lost beside rows. */
  lose(losses: Record<string, number>): void {
    this.losses = Object.keys(losses).length === 0 ? undefined : losses
  }

  /** From the start where traffic is to be left out; else nobody is told. */
  excluded: { rows: number; bytes: number } | undefined

  /** Counts a row that the configuration leaves out. */
  exclude(bytes: number): void {
    this.excluded = { rows: (this.excluded?.rows ?? 0) + 1, bytes: (this.excluded?.bytes ?? 0) + bytes }
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
