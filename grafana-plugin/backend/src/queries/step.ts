import type { Ask } from './ask.ts'

const minutes = (m: number) => m * 60
const hours = (h: number) => h * 3600
/** Steps that people read easily, s. */
const steps = [1, 2, 5, 10, 15, 30, ...[1, 2, 5, 10, 15, 30].map(minutes), ...[1, 2, 3, 6, 12, 24, 48, 168].map(hours)]

/** One series may be fine, many are not. */
const MOST_POINTS = { one: 2_000, many: 300 }

/** The step to ask for: Grafana's interval, but no more points than panel and answer bear. Alerts leave it to the API: Grafana asks for 1 s there. */
export function stepOf({ alert, range, intervalMs, maxDataPoints, query }: Ask): string | undefined {
  if (alert) return undefined
  const points = Math.min(maxDataPoints || 500, query.split === 'none' ? MOST_POINTS.one : MOST_POINTS.many)
  const least = Math.max(intervalMs, (range.to - range.from) / Math.max(1, points)) / 1000
  const step = steps.find((s) => s >= least)
  return step === undefined ? undefined : `${step}s`
}
