import { expect, test } from 'vitest'
import { Recent } from './recent.js'

test('one load for all who ask within the time, then a new one', async () => {
  const recent = new Recent<number>(2_000)
  let loads = 0
  const load = async () => ++loads
  expect(await Promise.all([recent.get(900, 1_000, load), recent.get(900, 2_999, load)])).toEqual([1, 1])
  expect(await recent.get(60, 1_000, load)).toBe(2)
  expect(await recent.get(900, 3_000, load)).toBe(3)
})

test('a clock that was set back keeps nothing for long', async () => {
  const recent = new Recent<number>(2_000)
  await recent.get(900, 1_000_000, async () => 1)
  expect(await recent.get(900, 1_000, async () => 2)).toBe(2)
})

test('a failure is not kept', async () => {
  const recent = new Recent<number>(2_000)
  await expect(recent.get(900, 1_000, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await recent.get(900, 1_001, async () => 1)).toBe(1)
})
