/** A figure with its spread: quartiles, and the 95 % interval of the median by bootstrap. */
export interface Spread {
  median: number
  quartiles: [number, number]
  interval: [number, number]
  n: number
}

const RESAMPLES = 2000

function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1)
  const low = sorted[Math.floor(at)] ?? Number.NaN
  const high = sorted[Math.ceil(at)] ?? Number.NaN
  return low + (high - low) * (at - Math.floor(at))
}

const ordered = (values: readonly number[]) => values.toSorted((a, b) => a - b)
export const median = (values: readonly number[]) => quantile(ordered(values), 0.5)

/** A fixed series of pseudo-random numbers (mulberry32): the same measurements give the same interval. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export function spread(values: readonly number[], digits = 4): Spread {
  const next = random(values.length)
  const sorted = ordered(values)
  const medians = ordered(
    Array.from({ length: RESAMPLES }, () =>
      median(values.map(() => values[Math.floor(next() * values.length)] ?? Number.NaN)),
    ),
  )
  const round = (n: number) => Number(n.toFixed(digits))
  return {
    median: round(quantile(sorted, 0.5)),
    quartiles: [round(quantile(sorted, 0.25)), round(quantile(sorted, 0.75))],
    interval: [round(quantile(medians, 0.025)), round(quantile(medians, 0.975))],
    n: values.length,
  }
}
