import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Bytes of both halves of V8's young generation, beyond which it grows no more. Node's own bound is 64 MB for each half. */
export const MOST_YOUNG_BYTES = 16 << 20

const youngBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0

/**
 * Keeps V8's young generation small, in a process that takes in much and keeps little of it: what it grows to is memory that is held, and V8 begins to mark
 * the old one as soon as what is left there is less than the young one's size, which is always so where that is large. To be called before anything has
 * been loaded: it never shrinks under load. As `--max-semi-space-size=8`, which a program cannot give itself: how far to grow is asked at each growth.
 */
export function keepYoungGenerationSmall(most = MOST_YOUNG_BYTES): void {
  let factor = 0
  const growBy = (wanted: number) => {
    if (wanted === factor) return
    factor = wanted
    setFlagsFromString(`--semi-space-growth-factor=${wanted}`)
  }
  growBy(1)
  new PerformanceObserver(() => growBy(youngBytes() < most ? 2 : 1)).observe({ entryTypes: ['gc'] })
}
