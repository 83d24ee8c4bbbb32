import type { TimeRange } from '../time/range.js'

const DAY_MS = 86_400_000
/** Providers bill calendar months; one of 30 days makes figures of different ranges comparable. */
export const MONTH_DAYS = 30

/** What an amount of the range is in a day and in a month, at the same rate. */
export class Projection {
  /** Length of the part of the range that the rate is taken from. */
  readonly ms: number

  /**
   * @param now Unix ms: time to come has no traffic yet, and counts for nothing
   * @param since Unix ms since when anything was observed: the time before has none either
   */
  constructor({ from, to }: TimeRange, now: number, since = from) {
    const past = Math.min(to, now) - Math.max(from, since)
    this.ms = past > 0 ? past : to - from
  }

  get days(): number {
    return this.ms / DAY_MS
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
