import { describe, expect, it } from 'vitest'
import { parseTime } from './time.js'

const now = 1_790_000_000_000

describe('parseTime', () => {
  it.each([
    ['now', now],
    ['now-15m', now - 900_000],
    ['now-2d', now - 172_800_000],
    ['now-250ms', now - 250],
    ['1790000000000', now],
    ['2026-09-21T14:13:20Z', now],
    ['2026-09-21T16:13:20+02:00', now],
  ])('%s', (text, expected) => expect(parseTime(text, now)).toBe(expected))

  it.each(['', 'yesterday', 'now-5', 'now+5m', 'now-5y', '2026-13-45T99:99:99Z', '-5', '1e9', '2026-09-21'])(
    'refuses %j',
    (text) => expect(parseTime(text, now)).toBeUndefined(),
  )
})
