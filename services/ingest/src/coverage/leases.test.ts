import { expect, it } from 'vitest'
import { LEASE_MS, Leases } from './leases.js'

it('covers from the start of the agent until 30 s after it was last heard', () => {
  const leases = new Leases()
  expect(leases.liveAt('i', 1000)).toBe(false)
  leases.hear('i', 100_000, 90_000)
  const live = (...times: number[]) => times.map((t) => leases.liveAt('i', t))
  expect(live(89_999, 90_000, 100_000, 100_000 + LEASE_MS, 100_001 + LEASE_MS)).toEqual([
    false,
    true,
    true,
    true,
    false,
  ])
  leases.hear('i', 95_000)
  leases.hear('i', 140_000)
  expect(live(90_000, 140_000 + LEASE_MS, 140_001 + LEASE_MS)).toEqual([true, true, false])
  expect(leases.since('i')).toBe(90_000)
})

it('ends at a clean stop, also when late batches follow', () => {
  const leases = new Leases()
  leases.hear('i', 100_000)
  leases.stop('i', 120_000, 90_000)
  leases.hear('i', 119_000)
  leases.hear('i', 125_000)
  expect([90_000, 120_000, 120_001].map((t) => leases.liveAt('i', t))).toEqual([true, true, false])
})

it('keeps the instances of a restarted agent apart', () => {
  const leases = new Leases()
  leases.stop('old', 100_000, 50_000)
  leases.hear('new', 110_000)
  const live = (t: number) => [leases.liveAt('old', t), leases.liveAt('new', t)]
  expect([live(99_000), live(105_000), live(111_000)]).toEqual([
    [true, false],
    [false, false],
    [false, true],
  ])
})
