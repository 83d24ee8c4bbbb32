import { MAX_LOSSES } from '@headwater/contracts/producer'
import type { KernelCounters } from '@headwater/native'
import type { Tally } from './tally.js'

/** What of the probe's losses are rows, so told of in `dropped`, and nowhere else. */
const ROWS = {
  closes: 'ring_full_close',
  skipped: 'recursion_misses.inet_sock_set_state',
  dns: 'ring_full_dns',
} as const
const rows: readonly string[] = Object.values(ROWS)

/** The agent's own counters of what it could not keep or tell; with the prefix `agent.`, as in reports. */
const OWN = [
  'untracked',
  'slot_unknown',
  'unknown_kind',
  'late_baselines',
  'connections_expired',
  'conversations_expired',
  'walks_overrun',
  'endpoints_refused',
  'endpoints_overflowed',
  'dns_names_left_out',
].map((name) => `agent.${name}`)

/**
 * Rows lost in the kernel: close records that found no room in the ring, and runs of the program that makes them that the kernel
 * skipped (at most one row each). Lost walk records are none: the next one carries the same cumulative counters; and other programs
 * make no rows.
 */
export function probeLosses(counters: KernelCounters, tally: Tally): void {
  tally.set('ring-full', counters[ROWS.closes] ?? 0)
  tally.set('probe-recursion', counters[ROWS.skipped] ?? 0)
}

/** The same of DNS rows, at most one for each message that found no room in its ring. */
export function dnsLosses(counters: KernelCounters, tally: Tally): void {
  tally.set('ring-full', counters[ROWS.dns] ?? 0)
}

/**
 * What was lost beside rows, by the names that reports have for it; of more than a batch may name the rest together, as `other`.
 * @param kernel what the probe calls losses @param agent the agent's counters
 */
export function otherLosses(kernel: KernelCounters, agent: Readonly<Record<string, number>>): Record<string, number> {
  const own = OWN.map((name) => [name, agent[name] ?? 0] as const)
  const all = [...Object.entries(kernel).filter(([name]) => !rows.includes(name)), ...own].filter(([, n]) => n > 0)
  if (all.length <= MAX_LOSSES) return Object.fromEntries(all)
  const other = all.slice(MAX_LOSSES - 1).reduce((sum, [, n]) => sum + n, 0)
  return { ...Object.fromEntries(all.slice(0, MAX_LOSSES - 1)), other }
}
