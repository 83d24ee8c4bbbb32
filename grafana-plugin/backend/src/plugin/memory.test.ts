import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchMemory } from './memory.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('collects when there is much, and again only when it has grown', () => {
  let [rss, collected] = [60_000_000, 0]
  const timer = watchMemory(
    () => rss,
    () => {
      collected++
      rss -= 10_000_000
    },
  )
  vi.advanceTimersByTime(5_000)
  expect(collected).toBe(0)
  rss = 100_000_000
  vi.advanceTimersByTime(5_000)
  expect([collected, rss]).toEqual([1, 90_000_000])
  rss += 1_500_000
  vi.advanceTimersByTime(5_000)
  expect(collected).toBe(1)
  rss += 1_500_000
  vi.advanceTimersByTime(1_000)
  expect(collected).toBe(2)
  clearInterval(timer)
})
