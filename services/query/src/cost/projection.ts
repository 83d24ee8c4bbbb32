import type { TimeRange } from '../time/range.js'

const DAY_MS = 86_400_000
/** Providers bill calendar months; one of 30 days makes figures of different ranges comparable. */
export const MONTH_DAYS = 30

/** What an amount of the range is in a day and in a month, at the same rate. */
export class Projection {
  readonly days: number

  /** @param now Unix ms: time to come has no traffic yet, and counts for nothing */
  constructor({ from, to }: TimeRange, now: number) {
    const past = Math.min(to, now) - from
    this.days = (past > 0 ? past : to - from) / DAY_MS
  }

  get months(): number {
    return this.days / MONTH_DAYS
  }

  perDay(amount: number): number {
    return amount / this.days
  }

  perMonth(amount: number): number {
    return amount / this.months
  }
}
