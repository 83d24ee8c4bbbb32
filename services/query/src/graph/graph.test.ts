import { describe, expect, test } from 'vitest'
import type { EdgeRow } from '../sql/edges.js'
import { buildGraph, limitGraph } from './graph.js'
import { INTERNET_NODES } from './internet.js'

const row = (client: string, server: string, more: Record<string, unknown> = {}): EdgeRow => ({
  client_cluster: 'c',
  client_namespace: '',
  client_service: client,
  server_cluster: 'c',
  server_namespace: '',
  server_service: server,
  transport: 'tcp',
  client_observed: 1,
  server_observed: 1,
  client_class: '',
  server_class: '',
  client_to_server_bytes: 10,
  server_to_client_bytes: 20,
  connects: 1,
  failures: 0,
  open: 0,
  ports: [[80, 1]],
  failure_reasons: {},
  translated: 0,
  connect_us_buckets: [],
  srtt_us_buckets: [],
  ...more,
})

describe('buildGraph', () => {
  test('a node is observed if any edge says so, and has then no class', () => {
    const { nodes } = buildGraph(
      [row('a', 'b', { server_observed: 0, server_class: 'private' }), row('b', 'd')],
      'service',
    )
    expect(nodes.find((n) => n.label === 'b')).toMatchObject({
      observed: true,
      class: '',
      connects: 1,
      accepts: 1,
      tx_bytes: 30,
      rx_bytes: 30,
    })
  })

  test('one that talks to itself is one node', () => {
    const { nodes, edges } = buildGraph([row('a', 'a', { open: 2 })], 'service')
    expect(nodes).toHaveLength(1)
    expect(nodes[0]).toMatchObject({ connects: 1, accepts: 1, tx_bytes: 30, rx_bytes: 30, open: 2 })
    expect(edges[0]).toMatchObject({ source: nodes[0]?.id, target: nodes[0]?.id })
  })

  test('names cannot collide: what looks like another key is another node', () => {
    const { nodes } = buildGraph(
      [row('a","b', 'a', { client_cluster: 'c' }), row('b', 'x', { client_cluster: 'c","","a' })],
      'service',
    )
    expect(new Set(nodes.map((n) => n.id)).size).toBe(4)
  })

  test('an end without the label goes by its service, or by its class', () => {
    const end = {
      client_node: 'n',
      client_process: 'curl',
      server_node: '',
      server_process: '',
      client_fallback: '',
      server_fallback: '1.2.3.4',
    }
    expect(buildGraph([row('', '', end)], 'process').nodes.map((n) => [n.kind, n.label])).toEqual([
      ['process', 'curl'],
      ['address', '1.2.3.4'],
    ])
    const zone = {
      client_zone: 'a',
      client_region: 'r',
      server_zone: '',
      server_region: '',
      client_fallback: '',
      server_fallback: 'internet',
    }
    expect(buildGraph([row('', '', zone)], 'zone').nodes.map((n) => [n.kind, n.label, n.labels])).toEqual([
      ['zone', 'a', { region: 'r', zone: 'a' }],
      ['zone', 'internet', {}],
    ])
  })

  test('nameless internet addresses beyond the busiest are one node, and no byte is lost', () => {
    const count = INTERNET_NODES + 50
    const rows = Array.from({ length: count }, (_, i) =>
      row(`198.51.${i >> 8}.${i & 255}`, 'web', {
        client_cluster: '',
        client_observed: 0,
        client_class: 'internet',
        client_to_server_bytes: i,
      }),
    )
    const { nodes, edges } = buildGraph([...rows, row('a', 'web')], 'service')
    expect(nodes).toHaveLength(INTERNET_NODES + 3)
    const rest = nodes.find((n) => n.label === 'internet (other addresses)')
    expect(rest).toMatchObject({ observed: false, class: 'internet', connects: 50, labels: {} })
    const sum = edges.reduce((s, e) => s + e.client_to_server_bytes, 0)
    expect(sum).toBe((count * (count - 1)) / 2 + 10)
    expect(edges.find((e) => e.source === rest?.id)).toMatchObject({ connects: 50, server_ports: [80] })
    const ids = new Set(nodes.map((n) => n.id))
    expect(edges.every((e) => ids.has(e.source) && ids.has(e.target))).toBe(true)
  })
})

test('limitGraph keeps the busiest and only edges between them', () => {
  const graph = buildGraph([row('a', 'b', { client_to_server_bytes: 9_000 }), row('b', 'd')], 'service')
  const cut = limitGraph(graph, 2)
  expect(cut.nodes.map((n) => n.label).sort()).toEqual(['a', 'b'])
  expect(cut.edges).toHaveLength(1)
  expect(limitGraph(graph, 3)).toEqual(graph)
})
