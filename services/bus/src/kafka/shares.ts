/** What a fetch brought of a partition. */
export interface Share {
  place: string
  /** Bytes of its messages, unpacked, and of all that the fetch brought, of other partitions too. */
  bytes: number
  fetchBytes: number
  /** Messages in it, and those that the partition had beyond them. */
  messages: number
  left: number
}

/** Smaller ones are left for the next fetch. */
const LEAST_SHARE = 1 / 4

/**
 * Partitions that have messages share what a fetch brings: the first ones give all that they have, the last one what there is still room for. A chunk costs
 * the store nearly the same whatever is in it, so what came is worth handling where it is a good part of a fetch.
 */
export class Shares {
  readonly #refused = new Set<string>()

  /** Whether it is a scrap, better fetched again with what comes after it: never twice in a row, so that a partition goes on whatever the others have. */
  isScrap({ place, bytes, fetchBytes, left }: Share): boolean {
    const isScrap = left > 0 && bytes < LEAST_SHARE * fetchBytes && !this.#refused.has(place)
    if (isScrap) this.#refused.add(place)
    else this.#refused.delete(place)
    return isScrap
  }

  /** Whether what the partition still has fills a fetch by itself: where it does not, more may gather first. */
  static fillsAnother({ bytes, fetchBytes, messages, left }: Share): boolean {
    return left * (bytes / messages) >= fetchBytes
  }
}
