import { z } from 'zod'

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/**
 * Unix ms of a time as the API takes it: RFC 3339, epoch ms, `now`, or `now-15m` (ms, s, m, h, d, w).
 * @returns undefined where the text is none of these
 */
export function parseTime(text: string, now: number): number | undefined {
  const relative = /^now(?:-(\d{1,9})(ms|s|m|h|d|w))?$/.exec(text)
  if (relative) return now - (relative[1] === undefined ? 0 : Number(relative[1]) * (UNITS[relative[2] ?? ''] ?? 0))
  if (/^\d{1,16}$/.test(text)) return Number(text)
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return undefined
  const parsed = Date.parse(text)
  return Number.isNaN(parsed) ? undefined : parsed
}

export const timeParam = z
  .string()
  .max(64)
  .refine((t) => parseTime(t, 0) !== undefined, 'takes RFC 3339, epoch ms, now, or now-15m')
