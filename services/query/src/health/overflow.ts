import type { OverflowRow } from '../sql/overflow.js'
import type { Overflow } from './evidence.js'
import { thresholds, timing } from './thresholds.js'

type Report = OverflowRow['reports'][number]

/** Whether a listener at one address serves a socket at another. */
export const serves = (listener: string, address: string): boolean =>
  listener === '::' || listener === '0.0.0.0' || listener === address

/** What a report says of the time since the one before it. A socket that is new counts from 0 again. */
function between(before: Report | undefined, report: Report): Overflow | undefined {
  const drops = before === undefined ? 0 : Math.max(0, report[1] - before[1])
  const full = report[2] === 1
  return full || drops >= thresholds.backlog.drops ? { drops, full } : undefined
}

/**
 * Overflow of one listener by step. What a report says holds for the time since the one before it, at most a lease; the last
 * one also for the time since, as long.
 * @param from start of step 0, Unix ms @param steps how many there are
 */
export function overflowSteps(reports: readonly Report[], from: number, steps: number): Map<number, Overflow> {
  const found = new Map<number, Overflow>()
  const stepOf = (ms: number) => Math.min(steps - 1, Math.max(0, Math.floor((ms - from) / timing.step)))
  for (const [i, report] of reports.entries()) {
    const before = reports[i - 1]
    const overflow = between(before, report)
    if (overflow === undefined) continue
    const last = stepOf(report[0])
    const first = Math.min(
      last,
      before === undefined ? last : stepOf(Math.max(before[0], report[0] - timing.listenerLease)) + 1,
    )
    for (let step = first; step <= last; step++)
      found.set(step, { drops: overflow.drops / (last - first + 1), full: overflow.full })
    if (i < reports.length - 1) continue
    for (let step = last + 1; step <= stepOf(report[0] + timing.listenerLease); step++)
      found.set(step, { drops: 0, full: overflow.full })
  }
  return found
}

/** Both listeners' overflow, by step. */
export function addOverflows(
  a: ReadonlyMap<number, Overflow>,
  b: ReadonlyMap<number, Overflow>,
): Map<number, Overflow> {
  const sum = new Map(a)
  for (const [step, { drops, full }] of b) {
    const own = sum.get(step)
    sum.set(step, { drops: drops + (own?.drops ?? 0), full: full || own?.full === true })
  }
  return sum
}
