import { badParameter } from '../http/problem.js'
import type { TimeRange } from './range.js'

export const MAX_POINTS = 11_000
const TARGET_POINTS = 240
const units = { s: 1000, m: 60_000, h: 3_600_000 } as const

const MINUTE = 60_000
const DAY = 86_400_000
/** Steps people read easily; beyond, whole days. */
const steps = [1, 2, 5, 10, 15, 30]
  .map((s) => s * 1000)
  .concat([1, 2, 5, 10, 15, 30].map((m) => m * MINUTE))
  .concat([1, 2, 3, 6, 12].map((h) => h * 60 * MINUTE))

/** The step of a series, ms: the one asked for, else the smallest that gives at most about 240 points. @throws ProblemError 400 */
export function chooseStep({ from, to }: TimeRange, asked: string | undefined): number {
  const length = to - from
  if (asked === undefined) {
    const step = steps.find((s) => length / s <= TARGET_POINTS)
    return step ?? Math.ceil(length / TARGET_POINTS / DAY) * DAY
  }
  const step = Number.parseInt(asked, 10) * units[asked.at(-1) as keyof typeof units]
  if (step === 0) throw badParameter('step', 'step: must be above 0')
  if (length / step > MAX_POINTS)
    throw badParameter('step', `step: ${asked} gives more than ${MAX_POINTS} points in this range; take a longer one`)
  return step
}

/** Starts of the steps that touch the range, multiples of the step since the epoch. */
export function stepTimes({ from, to }: TimeRange, step: number): number[] {
  const first = Math.floor(from / step) * step
  return Array.from({ length: Math.ceil((to - first) / step) }, (_, i) => first + i * step)
}
