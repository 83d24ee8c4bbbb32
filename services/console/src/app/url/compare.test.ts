import { parseTime } from '@headwater/contracts'
import { describe, expect, it } from 'vitest'
import { comparedRange } from './compare.js'

const NOW = 1_700_000_900_000

describe('the range to compare with', () => {
  it.each([
    ['now-15m', 'now', 'previous', 'now-1800s', 'now-900s'],
    ['now-15m', 'now', '1h', 'now-4500s', 'now-3600s'],
    ['now-1h', 'now-30m', 'previous', 'now-5400s', 'now-3600s'],
    ['now-15m', 'now', '1w', 'now-605700s', 'now-604800s'],
    ['1700000000000', '1700000900000', '1d', '1699913600000', '1699914500000'],
    ['2023-11-14T22:13:20Z', '1700000900000', 'previous', '1699999100000', '1700000000000'],
    ['1700000000000', 'now', 'previous', '1699999100000', '1700000000000'],
  ] as const)('%s to %s, %s', (from, to, compare, compare_from, compare_to) => {
    const range = comparedRange(from, to, compare, NOW)
    expect(range).toEqual({ compare_from, compare_to })
    for (const text of Object.values(range ?? {})) expect(parseTime(text, NOW)).toBeTypeOf('number')
  })
  it('is none where nothing is compared', () => expect(comparedRange('now-1h', 'now', 'off', NOW)).toBeUndefined())
})
