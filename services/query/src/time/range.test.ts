import { describe, expect, test } from 'vitest'
import { parseRange } from './range.js'

const now = Date.UTC(2026, 10, 23, 9)

describe('parseRange', () => {
  test.each([
    ['now-15m', 'now', now - 900_000, now],
    ['now-2h', 'now-1h', now - 7_200_000, now - 3_600_000],
    ['2026-11-23T08:00:00Z', '2026-11-23T10:30:00+02:00', now - 3_600_000, now - 1_800_000],
    [String(now - 5), String(now), now - 5, now],
  ])('%s to %s', (from, to, start, end) => expect(parseRange({ from, to }, now)).toEqual({ from: start, to: end }))

  test.each([
    ['now', 'now', 'from'],
    ['now', 'now-1s', 'from'],
    ['soon', 'now', 'from'],
    ['now-1h', 'later', 'to'],
    ['now-1h', '4102444800001', 'to'],
    ['now-999999999w', 'now', 'from'],
    ['2026-02-30T99:00:00Z', 'now', 'from'],
  ])('%s to %s names %s%s', (from, to, parameter) => {
    expect(() => parseRange({ from, to }, now)).toThrow(
      expect.objectContaining({ status: 400, options: expect.objectContaining({ parameter }) }),
    )
  })
})
