import { labelText, labelValue, OTHER } from '@headwater/contracts/metrics'

/** What was not seen for so long gives its place to what is new, ms. */
const IDLE_MS = 3_600_000
/** How often idle ones are looked for while there is no room, ms. */
const SWEEP_MS = 60_000
/** Names that are remembered as folded. */
const MAX_FOLDED = 20_000

interface Entry {
  /** Unix ms of the last rows. */
  last: number
  /** Series that it has beside those that each has. */
  extra: number
  /** Whether its place is another's by now. */
  gone: boolean
}

/** What is counted by some labels, bounded: what there is no room for is counted together. */
export class Bounded<E extends Entry> {
  readonly #entries = new Map<string, E>()
  readonly #folded = new Set<string>()
  readonly #other: E
  readonly #room: number
  #extra = 0
  #swept = 0

  /**
   * @param names of the labels @param maxSeries at most @param each series of one entry
   * @param spare series that the one of all others may have besides
   */
  constructor(
    private readonly names: readonly string[],
    private readonly make: (labels: string) => E,
    maxSeries: number,
    private readonly each: number,
    spare: number,
    private readonly common: string,
  ) {
    this.#room = Math.max(0, maxSeries - each - spare)
    this.#other = this.#make(names.map(() => OTHER))
  }

  /** The entry of these labels, or the one of all others. */
  of(texts: readonly string[], now: number): E {
    const values = texts.map(labelValue)
    // No name that the kernel tells of can hold a NUL.
    const key = values.join('\0')
    const known = this.#entries.get(key)
    if (known !== undefined) return known
    // A thing that is called as all others are would be a second series of that name.
    if (values.every((value) => value === OTHER)) return this.#other
    if (!this.#fits(this.each)) this.#sweep(now)
    if (!this.#fits(this.each)) {
      if (this.#folded.size < MAX_FOLDED) this.#folded.add(key)
      return this.#other
    }
    this.#folded.delete(key)
    const made = this.#make(values)
    this.#entries.set(key, made)
    return made
  }

  /** Whether `of` would give this entry again for the labels that it gave it for. */
  isStill(entry: E, now: number): boolean {
    if (entry !== this.#other) return !entry.gone
    if (!this.#fits(this.each)) this.#sweep(now)
    return !this.#fits(this.each)
  }

  /** Whether an entry may have one more series, such as that of another reason; then it has. */
  widen(entry: E): boolean {
    if (entry === this.#other) return true
    if (!this.#fits(1)) return false
    this.#extra++
    entry.extra++
    return true
  }

  get other(): E {
    return this.#other
  }

  /** Those that were seen, the one of all others last. */
  *[Symbol.iterator](): Iterator<E> {
    yield* this.#entries.values()
    if (this.#other.last > 0) yield this.#other
  }

  get foldedSeries(): number {
    return this.#folded.size * this.each
  }

  #fits(series: number): boolean {
    return this.#entries.size * this.each + this.#extra + series <= this.#room
  }

  #sweep(now: number): void {
    if (now - this.#swept < SWEEP_MS) return
    this.#swept = now
    for (const [key, entry] of this.#entries)
      if (now - entry.last > IDLE_MS) {
        this.#entries.delete(key)
        this.#extra -= entry.extra
        entry.gone = true
      }
  }

  #make(values: readonly string[]): E {
    const labels = Object.fromEntries(this.names.map((name, i) => [name, values[i] as string]))
    return this.make(`${labelText(labels)}${this.common}`)
  }
}
