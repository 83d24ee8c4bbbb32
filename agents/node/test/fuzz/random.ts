import { randomInt } from 'node:crypto'

/** Numbers that follow from a seed alone, so that what failed can be made again. The generator is mulberry32, by T. Ettinger. */
export class Random {
  #state: number

  constructor(readonly seed: number) {
    this.#state = seed
  }

  /** A whole number from 0, less than `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % limit
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.below(times) === 0
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) bytes[i] = this.below(256)
    return bytes
  }
}

/** How often the usual number of inputs is tried: `npm run fuzz` asks for more. */
const factor = Number(process.env.HEADWATER_FUZZ_FACTOR ?? 1)

/** `usual` inputs, times HEADWATER_FUZZ_FACTOR. */
export const inputs = (usual: number): number => Math.round(usual * factor)

/** Time for them in ms: many times what they take. */
export const timeout = Math.max(60_000, 60_000 * factor)

/** Another seed each time, or that of HEADWATER_FUZZ_SEED; it is printed. */
export function seeded(what: string): Random {
  const seed = Number(process.env.HEADWATER_FUZZ_SEED ?? randomInt(2 ** 31))
  console.info(`${what}: HEADWATER_FUZZ_SEED=${seed}`)
  return new Random(seed)
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
