import { expect, it } from 'vitest'
import { Leases } from '../coverage/leases.js'
import { Span } from './span.js'
import { Timeline } from './timeline.js'

/** Numbers that look random, the same each time. */
function numbers(seed: number): (end: number) => number {
  let state = seed
  return (end) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * end)
  }
}

/** Asks at each time, and again wherever the answer is said to hold. */
function checkSpans(times: readonly number[], ask: (time: number, span?: Span) => unknown): number {
  let held = 0
  for (const time of times) {
    const span = new Span()
    const answer = ask(time, span)
    expect(span.holds(time)).toBe(true)
    for (const other of times)
      if (span.holds(other)) {
        held++
        expect(ask(other), `${other}, as at ${time}`).toEqual(answer)
      }
  }
  return held
}

it('holds where the answer is the same, of what held when', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const below = numbers(seed)
    const timeline = new Timeline<number>()
    for (let v = 0; v < 1 + below(5); v++) {
      const from = 20_000 + below(60_000)
      timeline.put({ from, to: below(2) === 0 ? null : from + below(30_000), value: v }, (value) => value === v)
    }
    const times = Array.from({ length: 120 }, (_, i) => i * 1000 + below(3))
    expect(checkSpans(times, (time, span) => timeline.at(time, span))).toBeGreaterThan(times.length)
    checkSpans(times, (time, span) => timeline.endedBefore(time, 7000, span))
  }
})

it('holds where the answer is the same, of leases', () => {
  const leases = new Leases()
  leases.hear('a', 50_000, 10_000)
  leases.hear('b', 20_000)
  leases.stop('b', 30_000)
  const times = Array.from({ length: 100 }, (_, i) => i * 1000).concat(80_001, 30_001, 9_999)
  const live = (time: number, span?: Span) => ['a', 'b', 'c'].map((instance) => leases.liveAt(instance, time, span))
  expect(checkSpans(times, live)).toBeGreaterThan(times.length)
})
