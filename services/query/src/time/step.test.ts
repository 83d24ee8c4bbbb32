import { describe, expect, test } from 'vitest'
import { chooseStep, stepTimes } from './step.js'

const hours = (h: number) => ({ from: 0, to: h * 3_600_000 })

describe('chooseStep', () => {
  test.each([1 / 60, 1 / 4, 1, 3, 6, 24, 72, 24 * 7, 24 * 30])(
    '%d hours give 80 to 240 points, or one a second',
    (h) => {
      const step = chooseStep(hours(h), undefined)
      const points = (h * 3_600_000) / step
      expect(points).toBeLessThanOrEqual(240)
      expect(points >= 80 || step === 1000).toBe(true)
    },
  )

  test.each([
    ['10s', 10_000],
    ['1m', 60_000],
    ['2h', 7_200_000],
  ])('%s as asked', (asked, step) => expect(chooseStep(hours(24), asked)).toBe(step))

  test.each(['0s', '1s'])('%s is refused for a week', (asked) =>
    expect(() => chooseStep(hours(168), asked)).toThrow(
      expect.objectContaining({ options: expect.objectContaining({ parameter: 'step' }) }),
    ),
  )
})

test('steps begin at multiples of the step and touch the range', () => {
  expect(stepTimes({ from: 12_345, to: 31_000 }, 10_000)).toEqual([10_000, 20_000, 30_000])
  expect(stepTimes({ from: 10_000, to: 30_000 }, 10_000)).toEqual([10_000, 20_000])
})
