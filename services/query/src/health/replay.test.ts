import { describe, expect, test } from 'vitest'
import { type Bin, noBin, noCounts } from './bins.js'
import type { Overflow } from './evidence.js'
import { overflowSteps } from './overflow.js'
import { replay, STEPS, sinceOf } from './replay.js'
import { timing } from './thresholds.js'

const steps = (seconds: number) => seconds / (timing.step / 1000)
const good = (n = 5): Bin => ({ ...noBin, counts: { ...noCounts, connects: n, client_looks: n, client_ended: n } })
const refused = (n = 5): Bin => ({ ...noBin, counts: { ...noCounts, attempts_failed: n, refused: n } })

/** History told from its end: what each second-range before now held. */
function history(...parts: [secondsAgo: number, until: number, bin: (step: number) => Bin | undefined][]) {
  const bins = new Map<number, Bin>()
  for (const [from, until, make] of parts)
    for (let step = STEPS - steps(from); step < STEPS - steps(until); step++) {
      const bin = make(step)
      if (bin) bins.set(step, bin)
    }
  return { bins, overflows: new Map<number, Overflow>(), leastRoundTrip: 0, clientSeen: true, serverSeen: true }
}
const state = (...parts: Parameters<typeof history>) => replay(history(...parts)).state

describe('replay', () => {
  test('nothing is unknown, little too, five good ones are healthy', () => {
    expect(state()).toBe('unknown')
    expect(state([20, 17.5, () => good(4)])).toBe('unknown')
    expect(state([20, 17.5, () => good(5)])).toBe('healthy')
    expect(state([140, 137.5, () => good(5)])).toBe('healthy')
  })

  test('worse takes two windows in a row', () => {
    expect(state([150, 2.5, () => good()], [2.5, 0, () => refused()])).toBe('healthy')
    expect(state([150, 5, () => good()], [5, 0, () => refused()])).toBe('unhealthy')
  })

  test.each([
    [19, 'unhealthy'],
    [30, 'healthy'],
    [58, 'healthy'],
  ])('%d s after a fault it is %s: better takes 20 s of clear windows', (ago, expected) => {
    const end = Math.ceil(ago / 2.5) * 2.5
    expect(state([150, end, () => refused()], [end, 0, () => good()])).toBe(expected)
  })

  test('a rare caller clears within 60 s too', () => {
    const rare = (bin: Bin) => (step: number) => (step % 2 === 0 ? bin : undefined)
    expect(state([150, 55, rare(refused(1))], [55, 0, rare(good(1))])).toBe('healthy')
    expect(state([150, 35, rare(refused(1))], [35, 0, rare(good(1))])).not.toBe('healthy')
  })

  test('a fault that comes and goes does not flap', () => {
    const states = Array.from({ length: 12 }, (_, shift) =>
      state([150, 0, (step) => (Math.floor((step + shift) / 3) % 2 === 0 ? refused() : good())]),
    )
    expect(new Set(states)).toEqual(new Set(['unhealthy']))
  })

  test('a client that fails and then stops calling is unknown, not healthy', () => {
    expect(state([150, 60, () => refused()])).toBe('unknown')
    expect(state([150, 60, () => refused()], [60, 20, () => good()])).toBe('healthy')
  })

  test('a path that loses segments no more has no other trouble for the SYNs that it lost last', () => {
    const counts = { ...noCounts, connects: 11, client_looks: 11, client_ended: 11, segments_sent_doubled: 400 }
    const slow = { samples: 11, slow: { '79': 3 } }
    const lossy: Bin = { ...noBin, counts: { ...counts, sent_again: 12 }, connect: slow }
    const late: Bin = { ...noBin, counts, connect: slow }
    const whole: Bin = { ...noBin, counts, connect: { samples: 11, slow: {} } }
    const causes = [0, 2.5, 5, 7.5].map(
      (ago) =>
        replay(history([150, 10 - ago, () => lossy], [10 - ago, 7.5 - ago, () => late], [7.5 - ago, 0, () => whole]))
          .finding?.cause,
    )
    expect(causes).toEqual(['retransmits', 'retransmits', 'retransmits', 'retransmits'])
  })

  test('a gap in the rows does not make an edge worse', () => {
    expect(state([150, 100, () => good()], [20, 0, () => good()])).toBe('healthy')
  })

  test('since is the end of the window with which the state began', () => {
    const { since, window } = replay(history([150, 40, () => good()], [40, 0, () => refused()]))
    const from = 1_000_000
    const began = from + timing.read - 40_000
    expect(sinceOf(since, from)).toBeGreaterThanOrEqual(began + timing.step)
    expect(sinceOf(since, from)).toBeLessThanOrEqual(began + 3 * timing.step)
    expect(window).toBe(timing.shortWindow)
    expect(sinceOf(replay(history([150, 0, () => refused()])).since, from)).toBe(from + timing.window)
  })

  test('of two ends at different times the answer of a fault that lasts is one', () => {
    const earlier = history([150, 0, (step) => (step < 20 ? good() : refused())])
    const later = history([150, 0, (step) => (step < 19 ? good() : refused())])
    const [a, b] = [replay(earlier), replay(later)]
    expect(a.state).toBe(b.state)
    expect(sinceOf(a.since, 0)).toBe(sinceOf(b.since, timing.step))
  })
})

describe('replay of a server whose queue overflowed', () => {
  const unanswered = (n = 5): Bin => ({ ...noBin, counts: { ...noCounts, attempts_failed: n, unanswered: n } })
  /** Trouble until so long ago, and a queue that overflowed until then. */
  const until = (ago: number, bin: () => Bin, overflowed: number) => {
    const overflows = new Map<number, Overflow>()
    for (let step = 0; step < STEPS - steps(overflowed); step++) overflows.set(step, { drops: 3, full: true })
    return replay({ ...history([150, ago, bin], [ago, 0, () => good()]), overflows })
  }

  test('it explains attempts that fail after its end', () => {
    expect(until(15, unanswered, 25).finding).toMatchObject({ cause: 'backlog', also: { cause: 'no-answer' } })
  })

  test('it is no sign of its own any more after its end, and all is well in time', () => {
    expect(until(45, unanswered, 45).state).toBe('healthy')
    expect(until(150, good, 0)).toMatchObject({ state: 'degraded', finding: { cause: 'backlog' } })
    expect(until(150, good, 37.5).state).toBe('healthy')
  })
})

describe('overflowSteps', () => {
  const at = (seconds: number) => seconds * 1_000

  test('a report speaks for the time since the one before it, the last one also for the time since', () => {
    const found = overflowSteps(
      [
        [at(10), 5, 0],
        [at(20), 17, 0],
      ],
      0,
      20,
    )
    expect([...found.keys()]).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
    expect([...found.values()].reduce((sum, o) => sum + o.drops, 0)).toBe(12)
  })

  test('what was dropped before the first report, or by a socket that is gone, is nothing', () => {
    expect(
      overflowSteps(
        [
          [at(10), 50, 0],
          [at(20), 50, 0],
          [at(30), 1, 0],
        ],
        0,
        20,
      ).size,
    ).toBe(0)
    expect(
      overflowSteps(
        [
          [at(10), 50, 0],
          [at(20), 59, 0],
        ],
        0,
        20,
      ).size,
    ).toBe(0)
  })

  test('a full queue needs no drop', () => {
    expect(
      overflowSteps(
        [
          [at(10), 0, 1],
          [at(20), 0, 0],
        ],
        0,
        20,
      ),
    ).toEqual(new Map([[4, { drops: 0, full: true }]]))
  })

  test('a hole in the reports is not filled', () => {
    expect([
      ...overflowSteps(
        [
          [at(0), 0, 0],
          [at(40), 10, 0],
          [at(50), 10, 0],
        ],
        0,
        20,
      ).keys(),
    ]).toEqual([11, 12, 13, 14, 15, 16])
  })
})
