import type { TimeRange } from './range.js'

/** The whole units of a range, undefined where there is none, and what is left of it at both ends. */
export function split(range: TimeRange, unit: number): [whole: TimeRange | undefined, rest: TimeRange[]] {
  const from = Math.ceil(range.from / unit) * unit
  const to = Math.floor(range.to / unit) * unit
  if (from >= to) return [undefined, [range]]
  const rest = [
    { from: range.from, to: from },
    { from: to, to: range.to },
  ]
  return [{ from, to }, rest.filter((r) => r.from < r.to)]
}
