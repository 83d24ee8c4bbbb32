import { expect, test } from 'vitest'
import { probeLosses } from './losses.js'
import { nodeReport } from './node-report.js'
import { Tally } from './tally.js'

test('losses in the kernel are counted by reason; lost walk records are none', () => {
  const tally = new Tally()
  tally.drop('outbox-full', 3)
  tally.drop('outbox-full', 4)
  tally.drop('undelivered', 0)
  probeLosses({ ring_full_close: 5, ring_full_walk: 100, recursion_misses: 0 }, tally)
  probeLosses({ ring_full_close: 6, ring_full_walk: 100, recursion_misses: 2 }, tally)
  expect(tally.dropped).toEqual({ 'outbox-full': 7, 'ring-full': 6, 'probe-recursion': 2 })
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
  })
  expect(report).toMatchObject({ time: 2, started: 1, kernel_records: { negative: 0, broken: 0 } })
  expect(report.cost.rss_bytes).toBeGreaterThan(1e6)
  expect(report.capabilities[0]?.reason).toHaveLength(1024)
})
