import type { Comparison } from './state.js'

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** Ms before now of `now` and `now-15m`; undefined of a fixed time. */
function behindNow(text: string): number | undefined {
  const found = /^now(?:-(\d+)(ms|s|m|h|d|w))?$/.exec(text)
  return found ? Number(found[1] ?? 0) * (UNITS[found[2] ?? 'ms'] ?? 1) : undefined
}

const fixed = (text: string): number => (/^\d+$/.test(text) ? Number(text) : Date.parse(text))

const shifts: Record<Exclude<Comparison, 'off' | 'previous'>, number> = {
  '1h': 3_600_000,
  '1d': 86_400_000,
  '1w': 604_800_000,
}

export interface ComparedRange {
  compare_from: string
  compare_to: string
}

/** The range to compare with, as the API takes it: relative where the range is, so that both move on together. */
export function comparedRange(
  from: string,
  to: string,
  compare: Comparison,
  now = Date.now(),
): ComparedRange | undefined {
  if (compare === 'off') return undefined
  const [start, end] = [behindNow(from), behindNow(to)]
  if (start !== undefined && end !== undefined) {
    const shift = compare === 'previous' ? start - end : shifts[compare]
    const text = (ms: number): string => `now-${Math.round(ms / 1000)}s`
    return { compare_from: text(start + shift), compare_to: text(end + shift) }
  }
  const [a, b] = [start === undefined ? fixed(from) : now - start, end === undefined ? fixed(to) : now - end]
  const shift = compare === 'previous' ? b - a : shifts[compare]
  return { compare_from: String(a - shift), compare_to: String(b - shift) }
}
