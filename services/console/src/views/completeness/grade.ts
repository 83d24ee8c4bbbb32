import type { Completeness } from '@headwater/contracts'

export type Grade = 'ok' | 'warn' | 'bad' | 'none'

/** By the worse of the two numbers: all, 95 % or more, less; `none` where nothing was expected. */
export function gradeOf(c: Pick<Completeness, 'delivered' | 'coverage'>): Grade {
  const known = [c.delivered, c.coverage].filter((v) => v !== null)
  if (known.length === 0) return 'none'
  const least = Math.min(...known)
  return least >= 0.9999 ? 'ok' : least >= 0.95 ? 'warn' : 'bad'
}
