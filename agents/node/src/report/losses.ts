import type { KernelCounters } from '@headwater/native'
import type { Tally } from './tally.js'

/**
 * Rows lost in the kernel: close records that found no room in the ring, and program runs that the kernel skipped (at most one
 * row each). Lost walk records are none: the next one carries the same cumulative counters.
 */
export function probeLosses(counters: KernelCounters, tally: Tally): void {
  tally.set('ring-full', counters.ring_full_close ?? 0)
  tally.set('probe-recursion', counters.recursion_misses ?? 0)
}
