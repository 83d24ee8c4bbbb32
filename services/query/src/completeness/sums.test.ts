import { expect, test } from 'vitest'
import { coverage, delivery } from './sums.js'

const nothing = { delivered: null, rows_produced: 0, rows_stored: 0, rows_dropped: {} }

test('nothing produced or expected is null', () => {
  expect(delivery([], [])).toEqual({ ...nothing, dns: nothing, losses: {} })
  expect(coverage([])).toEqual({ coverage: null, nodes_expected: 0, nodes_heard: 0, nodes_silent: [] })
})

test('delivered never passes 1, and a surplus of one hides no loss of another, nor that of DNS one of flows', () => {
  const row = (produced: number, stored: number, dns_produced = 0, dns_stored = 0) => ({
    instance: '',
    produced,
    stored,
    dns_produced,
    dns_stored,
  })
  const lost = {
    dropped_before: { a: 1 },
    dropped_until: { a: 3, b: 1 },
    dns_dropped_before: {},
    dns_dropped_until: { full: 2 },
    losses_before: { slots_taken: 4 },
    losses_until: { slots_taken: 4, walk_deferred: 9 },
  }
  expect(delivery([row(10, 20)], []).delivered).toBe(1)
  expect(delivery([row(10, 20, 5, 9), row(10, 0, 5, 5)], [lost, lost])).toEqual({
    delivered: 0.5,
    rows_produced: 20,
    rows_stored: 20,
    rows_dropped: { a: 4, b: 2 },
    dns: { delivered: 1, rows_produced: 10, rows_stored: 14, rows_dropped: { full: 4 } },
    losses: { walk_deferred: 18 },
  })
})

test('coverage counts node-seconds, and only of nodes that are expected', () => {
  const row = (node: string, expected_ms: number, heard_ms: number, silent = 0) => ({
    cluster: 'c',
    node,
    expected_ms,
    heard_ms,
    silent,
  })
  expect(coverage([row('a', 100, 100), row('b', 100, 0, 1), row('c', 0, 0, 1)])).toEqual({
    coverage: 0.5,
    nodes_expected: 2,
    nodes_heard: 1,
    nodes_silent: ['c/b'],
  })
})
