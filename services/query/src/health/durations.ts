const precise = (value: number): string =>
  value < 10 ? String(Math.round(value * 10) / 10) : String(Math.round(value))

/** 85 us, 1.2 ms, 120 ms, 3.1 s */
export function duration(us: number): string {
  if (us < 1_000) return `${Math.round(us)} us`
  if (us < 1_000_000) return `${precise(us / 1_000)} ms`
  return `${precise(us / 1_000_000)} s`
}

export const percent = (ratio: number): string => `${precise(ratio * 100)} %`

export const times = (factor: number): string => `${precise(factor)} times`
