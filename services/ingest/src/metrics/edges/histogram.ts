import { sampleLine } from '@headwater/contracts/metrics'
import { bounds } from './families.js'

/** Series of one histogram: buckets, +Inf, sum and count. */
export const HISTOGRAM_SERIES = bounds.length + 3

const boundsUs = bounds.map((bound) => Math.round(bound * 1e6))

/** Counts of latencies by bucket. */
export class Histogram {
  readonly #counts = new Float64Array(boundsUs.length + 1)
  #sumUs = 0

  observe(us: number): void {
    let bucket = 0
    while (bucket < boundsUs.length && us > (boundsUs[bucket] as number)) bucket++
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
    this.#sumUs += us
  }

  get isEmpty(): boolean {
    return this.#sumUs === 0
  }

  lines(name: string, labels: string): string {
    let sum = 0
    let text = ''
    for (const [i, count] of this.#counts.entries()) {
      sum += count
      const le = i < bounds.length ? String(bounds[i]) : '+Inf'
      text += sampleLine(`${name}_bucket`, `${labels},le="${le}"`, sum)
    }
    return text + sampleLine(`${name}_sum`, labels, this.#sumUs / 1e6) + sampleLine(`${name}_count`, labels, sum)
  }
}
