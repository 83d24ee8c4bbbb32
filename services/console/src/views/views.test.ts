import { describe, expect, it } from 'vitest'
import { flowsAnswer, seriesAnswer } from '../../test/fixture/answers.js'
import { shop } from '../../test/fixture/topology.js'
import { graphOf } from '../map/graph.js'
import { edge, graph, node } from '../map/testing/graphs.js'
import { gradeOf } from './completeness/grade.js'
import { orient, stateOf } from './flows/orient.js'
import { failuresText, portsText } from './map/facts.js'
import { edgeCharts, nodeCharts } from './series/charts.js'
import { edgeColumns } from './table/edgeColumns.js'
import { sorted } from './table/sort.js'

const topology = shop()
const range = { from: 1_700_000_000_000, to: 1_700_000_900_000 }

describe('flows', () => {
  const { flows } = flowsAnswer(topology, topology.links, range, undefined)
  const [base] = flows
  if (!base) throw new Error('no flow')
  const ends = {
    local_ip: '10.0.0.1',
    local_port: 4000,
    remote_ip: '10.0.0.2',
    remote_port: 80,
    process: 'curl',
    remote_process: 'nginx',
    tx_bytes: 5,
    rx_bytes: 7,
  }
  it('are turned from client to server', () => {
    expect(orient({ ...base, ...ends, side: 'client' })).toMatchObject({
      client: { name: 'curl', address: '10.0.0.1:4000' },
      forward: 5,
      back: 7,
      peers: false,
    })
    expect(orient({ ...base, ...ends, side: 'server' })).toMatchObject({
      client: { name: 'nginx', address: '10.0.0.2:80' },
      forward: 7,
      back: 5,
    })
    expect(orient({ ...base, ...ends, side: 'peer' }).peers).toBe(true)
  })
  it('say what became of the connection', () => {
    const quiet = { ...base, failures: 0, closes: 0, open: 0, resets_rx: 0, resets_tx: 0 }
    expect(stateOf({ ...quiet, failures: 1, failure_reason: 'refused' })).toEqual({ text: 'refused', tone: 'bad' })
    expect(
      [
        { ...quiet, closes: 1 },
        { ...quiet, closes: 1, resets_rx: 1 },
        { ...quiet, open: 1 },
      ].map((f) => stateOf(f).text),
    ).toEqual(['closed', 'reset', 'open'])
  })
})

describe('series', () => {
  const answer = seriesAnswer(topology.links.slice(0, 1), range)
  it('show bytes as a rate of their step', () => {
    const [throughput] = edgeCharts(answer)
    const first = answer.series.client_to_server_bytes[0] ?? 0
    expect(throughput?.lines[0]?.values[0]).toBeCloseTo((first * 1000) / answer.step_ms)
  })
  it('of a node add what it sent as client and as server, aligned by time', () => {
    const late = {
      ...answer,
      time: answer.time.slice(1),
      series: { ...answer.series, server_to_client_bytes: answer.series.server_to_client_bytes.slice(1) },
    }
    const [throughput] = nodeCharts(answer, late)
    const second = (answer.series.client_to_server_bytes[1] ?? 0) + (answer.series.server_to_client_bytes[1] ?? 0)
    expect(throughput?.lines[0]?.values[0]).toBeCloseTo(
      ((answer.series.client_to_server_bytes[0] ?? 0) * 1000) / answer.step_ms,
    )
    expect(throughput?.lines[0]?.values[1]).toBeCloseTo((second * 1000) / answer.step_ms)
  })
})

describe('the table', () => {
  const columns = edgeColumns(900_000, false)
  const quantiles = (p95: number) => ({ p50: 1, p95, p99: 1_000 })
  const edges = graphOf({
    nodes: [node('a'), node('b2'), node('b10')],
    edges: [
      edge('a', 'b10', { srtt_us_quantiles: quantiles(5) }),
      edge('a', 'b2', { srtt_us_quantiles: null }),
      edge('b2', 'a', { srtt_us_quantiles: quantiles(9) }),
    ],
  }).edges
  it('sorts numbers as numbers, names by their numbers, and what is unknown last either way', () => {
    const ids = (column: 'srtt_us' | 'server', descending: boolean) =>
      sorted(edges, columns, { column, descending }).map((e) => e.id)
    expect(ids('srtt_us', true)).toEqual(['b2>a', 'a>b10', 'a>b2'])
    expect(ids('srtt_us', false)).toEqual(['a>b10', 'b2>a', 'a>b2'])
    expect(ids('server', false)).toEqual(['b2>a', 'a>b2', 'a>b10'])
  })
  it('does not change what it was given', () => {
    const { edges } = graph('b>a', 'a>b')
    sorted(edges, columns, { column: 'client', descending: false })
    expect(edges.map((e) => e.id)).toEqual(['b>a', 'a>b'])
  })
})

it('reasons and ports are short', () => {
  expect(failuresText({ failure_reasons: { timeout: 3, refused: 1200, other: 0 } })).toBe('refused 1,200, timeout 3')
  expect([portsText([80]), portsText([80, 443, 8080]), portsText([])]).toEqual(['80', '80 +2', ''])
})

it('completeness is graded by the worse of its two numbers', () => {
  expect(
    [
      { delivered: 1, coverage: 1 },
      { delivered: 1, coverage: 0.97 },
      { delivered: 0.5, coverage: 1 },
      { delivered: null, coverage: null },
    ].map(gradeOf),
  ).toEqual(['ok', 'warn', 'bad', 'none'])
})
