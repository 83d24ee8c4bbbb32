import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

const youngBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0

/** V8 reads the flag at each growth; where it does not know it, it says so on stderr and goes on. */
const growBy = (factor: number): void => setFlagsFromString(`--semi-space-growth-factor=${factor}`)

/**
 * Keeps V8's young generation small, for a whole process and before the rest of its code is loaded: it never shrinks under load. Left to itself it grows to
 * 32 MB while code is loaded, and under load to 64 MB for each of its halves; that is held for life, and V8 marks the old generation as soon as what is left
 * there is less than the young one's size, which is always so where that is large. As `--max-semi-space-size`, which a program cannot give itself.
 * @param most bytes of both halves, beyond which it grows no more. Left out: the 2 MB that it begins with, for a process like the agent's, where what
 *   moves lies in typed arrays outside of it
 */
export function keepYoungGenerationSmall(most = 0): void {
  growBy(1)
  if (most === 0) return
  let factor = 1
  const observer = new PerformanceObserver(() => {
    const wanted = youngBytes() < most ? 2 : 1
    if (wanted !== factor) growBy(wanted)
    factor = wanted
  })
  observer.observe({ entryTypes: ['gc'] })
}
