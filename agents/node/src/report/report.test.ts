import { MAX_LOSSES, nodeReportSchema } from '@headwater/contracts'
import { expect, test } from 'vitest'
import { otherLosses, probeLosses } from './losses.js'
import { nodeReport } from './node-report.js'
import { OwnCost } from './own-cost.js'
import { Tally } from './tally.js'

const idle = { name: 'iter_tcp', ownTime: true, runs: 0, runNs: 0 }
const busy = { name: 'inet_sock_set_state', ownTime: false, runs: 3, runNs: 1800 }
const probeCost = { ringBytes: 4096, ringPeakBytes: 100, kernelBytes: 9, programs: [idle, busy] }

test('the cost of an agent is that of its process and its probe; programs that never ran are left out', () => {
  const cost = new OwnCost({ cost: () => probeCost })
  expect(cost.told.ring_bytes).toBe(0)
  const before = process.cpuUsage()
  const taken = cost.take()
  expect(taken).toMatchObject({ ring_bytes: 4096, ring_peak_bytes: 100, kernel_bytes: 9 })
  expect(taken.programs).toEqual([{ name: 'inet_sock_set_state', runs: 3, run_ns: 1800 }])
  expect(taken.rss_bytes).toBeGreaterThan(1e6)
  expect(taken.cpu_user_us).toBeGreaterThanOrEqual(before.user)
  expect(taken.cpu_system_us).toBeGreaterThanOrEqual(before.system)
})

test('losses in the kernel are counted by reason; lost walk records are none', () => {
  const tally = new Tally()
  tally.drop('outbox-full', 3)
  tally.drop('outbox-full', 4)
  tally.drop('undelivered', 0)
  probeLosses({ ring_full_close: 5, ring_full_walk: 100, recursion_misses: 0 }, tally)
  const missed = { recursion_misses: 9, 'recursion_misses.inet_sock_set_state': 2, 'recursion_misses.kfree_skb': 7 }
  probeLosses({ ring_full_close: 6, ring_full_walk: 100, ...missed }, tally)
  expect(tally.dropped).toEqual({ 'outbox-full': 7, 'ring-full': 6, 'probe-recursion': 2 })
})

test('what else is lost is told by name, without rows that are told as dropped and what is 0', () => {
  const kernel = {
    ...{ ring_full_close: 5, ring_full_dns: 2, 'recursion_misses.inet_sock_set_state': 1 },
    ...{ ring_full_walk: 100, slots_taken: 7, 'recursion_misses.kfree_skb': 3 },
  }
  const agent = { 'agent.untracked': 2, 'agent.records': 9000, 'agent.walks_overrun': 0 }
  expect(otherLosses(kernel, agent)).toEqual({
    ring_full_walk: 100,
    slots_taken: 7,
    'recursion_misses.kfree_skb': 3,
    'agent.untracked': 2,
  })
})

test('of more losses than a batch may name the rest are told together', () => {
  const many = Object.fromEntries(Array.from({ length: MAX_LOSSES + 5 }, (_, i) => [`recursion_misses.p${i}`, 2]))
  const told = otherLosses(many, { 'agent.untracked': 1 })
  expect(Object.keys(told)).toHaveLength(MAX_LOSSES)
  expect(told.other).toBe(6 * 2 + 1)
})

test('a report fits the schema whatever the kernel says', () => {
  const report = nodeReport({
    identity: { cluster: 'c', node: 'n', realm: 'r', zone: '', region: '' },
    instance: 'i',
    version: 'v'.repeat(100),
    profile: 'standard',
    started: 1.5,
    time: 2.5,
    intervalMs: 10_000,
    stopping: false,
    produced: { rows: 1, batches: 1 },
    dropped: { 'ring-full': 1 },
    losses: { slots_taken: 3 },
    dns: { produced: { rows: 4, batches: 2 }, dropped: { 'pending-full': 1 } },
    excluded: { rows: 2, bytes: 30 },
    counters: { ['x'.repeat(100)]: 1, negative: -1, broken: Number.NaN },
    capabilities: [
      {
        name: 'walk',
        ok: false,
        required: false,
        reason: 'e'.repeat(5000),
        lost: 'l'.repeat(5000),
        fix: 'f'.repeat(5000),
      },
    ],
    listeners: [],
    limits: [
      { kind: 'conntrack', netns: 1, address: '', used: 9, max: 10 },
      { kind: 'udp-memory', netns: 1, address: '', used: 9, max: 0 },
    ],
    budget: { cpu_budget: 0, cpu_used: 0, walk_interval_ms: 5000, given_up: [] },
    cost: new OwnCost({ cost: () => probeCost }).take(),
  })
  expect(nodeReportSchema.parse(report)).toEqual(report)
  expect(report).toMatchObject({ time: 2, started: 1, kernel_records: { negative: 0, broken: 0 } })
  expect(report).toMatchObject({
    losses: { slots_taken: 3 },
    dns: { produced: { rows: 4 }, dropped: { 'pending-full': 1 } },
  })
  expect(report.limits).toEqual([{ kind: 'conntrack', netns: 1, address: '', used: 9, max: 10 }])
  expect(report.capabilities[0]?.reason).toHaveLength(1024)
})
