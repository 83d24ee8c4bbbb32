import { expect, test } from 'vitest'
import { coverage, delivery } from './sums.js'

test('nothing produced or expected is null', () => {
  expect(delivery([])).toEqual({ delivered: null, rows_produced: 0, rows_stored: 0, rows_dropped: {} })
  expect(coverage([])).toEqual({ coverage: null, nodes_expected: 0, nodes_heard: 0, nodes_silent: [] })
})

test('delivered never passes 1, and a surplus of one hides no loss of another', () => {
  const row = (produced: number, stored: number) => ({
    instance: '',
    produced,
    stored,
    dropped_before: { a: 1 },
    dropped_until: { a: 3, b: 1 },
  })
  expect(delivery([row(10, 20)]).delivered).toBe(1)
  expect(delivery([row(10, 20), row(10, 0)])).toEqual({
    delivered: 0.5,
    rows_produced: 20,
    rows_stored: 20,
    rows_dropped: { a: 4, b: 2 },
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
