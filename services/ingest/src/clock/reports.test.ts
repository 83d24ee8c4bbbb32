import type { NodeReport } from '@headwater/contracts'
import { expect, it } from 'vitest'
import { isFarOff, timed } from './reports.js'

const NOW = 1_700_000_000_000
const MINUTE = 60_000
const report = (time: number, started: number) => ({ time, started }) as NodeReport

it('leaves the times of a heartbeat alone, and tells how far its clock is off', () => {
  for (const offset of [-10 * MINUTE, -3_000, 0, 12, 10 * MINUTE, 24 * 60 * MINUTE]) {
    const heard = timed(report(NOW - offset, NOW - offset - 5_000), NOW)
    expect(heard).toMatchObject({ time: NOW - offset, started: NOW - offset - 5_000, received: NOW })
    expect(heard.clock_offset_ms).toBe(offset)
    expect(isFarOff(heard)).toBe(false)
  }
})

it('files one that is over 10 minutes ahead, or over a day behind, by our clock', () => {
  expect(timed(report(5_000, 1_000), NOW)).toMatchObject({
    time: NOW,
    started: NOW - 4_000,
    clock_offset_ms: NOW - 5_000,
  })
  const heard = timed(report(NOW + 11 * MINUTE, NOW + 5 * MINUTE), NOW)
  expect(heard).toEqual({ time: NOW, started: NOW - 6 * MINUTE, received: NOW, clock_offset_ms: -11 * MINUTE })
  expect(isFarOff(heard)).toBe(true)
  expect(timed(report(Number.MAX_SAFE_INTEGER, 0), NOW)).toMatchObject({ time: NOW, started: 0 })
})

it('puts no start after the report, where the clock was set back since', () => {
  expect(timed(report(NOW, NOW + 20 * MINUTE), NOW)).toMatchObject({ time: NOW, started: NOW })
})
