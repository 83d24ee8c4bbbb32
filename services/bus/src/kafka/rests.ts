/**
 * How long a partition is left alone once what came of it is handled, so that what comes meanwhile is handled together: a chunk costs the store
 * nearly the same whatever is in it. Under load that grows with what all partitions take, so that the handler works a quarter of the time at most
 * until it comes to `mostMs`; one that still has enough to fill a fetch goes on at once.
 */
export class Rests {
  #workMs = 0
  readonly #before = new Map<string, number>()

  constructor(
    private readonly leastMs: number,
    private readonly mostMs: number,
  ) {}

  /** @param tookMs of the partition's chunks of this fetch @returns ms */
  after(place: string, tookMs: number): number {
    const before = this.#before.get(place) ?? this.#workMs
    this.#workMs += tookMs
    this.#before.set(place, this.#workMs)
    return Math.max(this.leastMs, Math.min(this.mostMs, 3 * (this.#workMs - before)))
  }
}
