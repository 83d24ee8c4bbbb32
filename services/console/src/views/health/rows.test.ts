import { expect, it } from 'vitest'
import { graphOf } from '../../map/graph.js'
import { edge, health, node } from '../../map/testing/graphs.js'
import { edgeRows, serviceRows } from './rows.js'
import { countStates, severityOf } from './states.js'

const slow = { p50: 5, p95: 90, p99: 100 }
const fast = { p50: 1, p95: 2, p99: 3 }
const graph = graphOf({
  nodes: [node('a', { health: health('degraded') }), node('b'), node('c')],
  edges: [
    edge('a', 'b', {
      failures: 3,
      failure_reasons: { refused: 2, timeout: 1 },
      resets: 1,
      srtt_us_quantiles: fast,
      retransmit_ratio: 0.02,
    }),
    edge('c', 'a', { failures: 1, failure_reasons: { refused: 1 }, resets: 2, srtt_us_quantiles: slow }),
    edge('b', 'a', { failures: 50, failure_reasons: { refused: 50 }, resets: 9, counted: false }),
  ],
})

it('adds up what a service counted, and takes quantiles of its worst edge', () => {
  const [a] = serviceRows(graph)
  expect(a).toMatchObject({
    id: 'a',
    state: 'degraded',
    failures: 4,
    failure_reasons: { refused: 3, timeout: 1 },
    resets: 3,
    roundTrip: slow,
    connect: null,
    retransmit_ratio: 0.02,
  })
})

it('gives an edge its own figures, counted or not', () => {
  expect(edgeRows(graph.edges).map((r) => [r.id, r.failures, r.roundTrip])).toEqual([
    ['a>b', 3, fast],
    ['c>a', 1, slow],
    ['b>a', 50, null],
  ])
})

it('orders states, and counts them', () => {
  const states = ['unknown', 'healthy', 'unhealthy', 'degraded'] as const
  expect([...states].sort((x, y) => severityOf(y) - severityOf(x))).toEqual([
    'unhealthy',
    'degraded',
    'healthy',
    'unknown',
  ])
  expect(countStates(graph.nodes.map((n) => n.data))).toEqual({ unhealthy: 0, degraded: 1, healthy: 2, unknown: 0 })
})
