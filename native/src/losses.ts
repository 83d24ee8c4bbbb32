import type { KernelCounters } from './types.js'

/** Counted by the addon itself, beside those of bpf/flow.h. */
const OWN = [
  'ring_malformed',
  'dns_ring_malformed',
  'handshakes_evicted',
  'walk_namespaces_failed',
  'walk_namespaces_over_limit',
  'walk_namespaces_unnoted',
]
/** Runs that the kernel skipped, by program. */
const SKIPPED = 'recursion_misses.'

/** Of all counters those of losses that are not 0. @param kernel losses that bpf/flow.h lists, by name */
export function lossesIn(counters: KernelCounters, kernel: Readonly<Record<string, unknown>>): KernelCounters {
  const isLoss = (name: string) => name in kernel || OWN.includes(name) || name.startsWith(SKIPPED)
  return Object.fromEntries(Object.entries(counters).filter(([name, n]) => n > 0 && isLoss(name)))
}
