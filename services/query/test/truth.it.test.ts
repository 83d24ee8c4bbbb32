import {
  type EdgeStats,
  type EdgesAnswer,
  edgesSchema,
  type Grouping,
  groupings,
  type MapAnswer,
  mapSchema,
  type SeriesAnswer,
  type ServicesAnswer,
  seriesSchema,
  servicesSchema,
  type ValuesAnswer,
  valuesSchema,
} from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { QueryServer } from '../src/index.js'
import { type Connection, connectionRows, type Party } from './fleet.js'
import { insertRows } from './rows.js'
import { type EdgeTruth, scenario, truth } from './scenario.js'
import { get, testServer } from './server.js'

const MINUTE = 60_000
const to = Math.floor(Date.now() / MINUTE) * MINUTE
// Rows that ingest did not name: raw ones are asked, where far ends' own rows name them.
const from = to - 15 * MINUTE
const connections = scenario(from, to, 1_000)

let store: TestStore
let server: QueryServer

beforeAll(async () => {
  store = await startTestStore()
  server = testServer(store.query)
  await server.start()
  await insertRows(store.ingest, connections.flatMap(connectionRows))
})
afterAll(async () => {
  await server?.stop()
  await store?.stop()
})

const range = { from, to }
const names = [
  'client_to_server_bytes',
  'server_to_client_bytes',
  'connects',
  'closes',
  'open',
  'failures',
  'failure_reasons',
  'retransmits',
  'resets',
] as const
const measured = (edge: EdgeStats): EdgeTruth =>
  Object.fromEntries(names.map((n) => [n, edge[n]])) as unknown as EdgeTruth

const mergeTruth = (edges: Iterable<EdgeTruth>): Record<string, number> => {
  const sum: Record<string, number> = {}
  for (const edge of edges) for (const n of names) if (n !== 'failure_reasons') sum[n] = (sum[n] ?? 0) + edge[n]
  return sum
}

/** A refused attempt has no server row: its far end goes by what the client's agent knew. */
const label: Record<Grouping, (p: Party) => string> = {
  service: (p) => p.service,
  process: (p) => p.process,
  node: (p) => p.node,
  namespace: () => '',
  cluster: (p) => p.cluster,
  zone: (p) => p.zone ?? '',
  region: () => '',
  address: (p) => p.address,
}
const established = connections.filter((c) => c.failure === undefined)

async function edges(parameters: Record<string, string | number> = {}): Promise<EdgesAnswer> {
  const { status, body } = await get<EdgesAnswer>(server, '/api/v1/edges', { ...range, ...parameters })
  expect(status, JSON.stringify(body)).toBe(200)
  return edgesSchema.parse(body)
}

describe('edges', () => {
  test('each connection is counted once, whoever saw it, to the last byte', async () => {
    const answer = await edges()
    const expected = truth(connections, (c) => `${c.client.service} ${c.server.service}`)
    const given = new Map(
      answer.edges.map((e) => [`${e.labels.client_service} ${e.labels.server_service}`, measured(e)]),
    )
    expect(given).toEqual(expected)
    expect(answer.total).toBe(expected.size)
  })

  test.each(groupings)('grouped by %s the sums are the same', async (group_by) => {
    const { edges: given } = await edges({ group_by })
    expect(mergeTruth(given.map(measured))).toEqual(mergeTruth(truth(connections, () => '').values()))
  })

  test.each(['process', 'node', 'cluster', 'zone', 'address'] as const)('%s of both ends is right', async (name) => {
    const expected = truth(established, (c) => `${label[name](c.client)} > ${label[name](c.server)}`)
    const { edges: given } = await edges({ group_by: name })
    for (const [key, edge] of expected) {
      const found = given.filter((e) => `${e.labels[`client_${name}`]} > ${e.labels[`server_${name}`]}` === key)
      expect(mergeTruth(found.map(measured)), key).toMatchObject({
        client_to_server_bytes: edge.client_to_server_bytes,
        server_to_client_bytes: edge.server_to_client_bytes,
        connects: edge.connects,
        retransmits: edge.retransmits,
        open: edge.open,
      })
    }
  })

  test('means are those of the measured values', async () => {
    const { edges: given } = await edges({ filter: '{client_service="curl",server_service="web"}' })
    const own = established.filter((c) => c.client.service === 'curl' && c.server.service === 'web')
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length
    expect(given[0]?.connect_us).toBeCloseTo(mean(own.map((c) => c.connectUs ?? 0)), 6)
    const perRow = own.flatMap((c) =>
      new Array<number>((c.walks?.length ?? 0) + (c.end === undefined ? 0 : 1)).fill(c.srttUs ?? 0),
    )
    expect(given[0]?.srtt_us).toBeCloseTo(mean(perRow), 6)
  })

  test('quantiles are within a bucket of those of the measured values', async () => {
    const { edges: given } = await edges({ filter: '{client_service="curl",server_service="web"}' })
    const own = established.filter((c) => c.client.service === 'curl' && c.server.service === 'web')
    const sorted = own.map((c) => c.connectUs ?? 0).sort((a, b) => a - b)
    for (const [name, level] of [
      ['p50', 0.5],
      ['p95', 0.95],
      ['p99', 0.99],
    ] as const) {
      const exact = sorted[Math.ceil(level * sorted.length) - 1] ?? 0
      expect(given[0]?.connect_us_quantiles?.[name], name).toBeGreaterThan(exact / 1.1)
      expect(given[0]?.connect_us_quantiles?.[name], name).toBeLessThan(exact * 1.1)
      expect(given[0]?.srtt_us_quantiles?.[name], name).toBeGreaterThan(0)
    }
  })

  test('the share of segments sent again is of what the ends sent themselves', async () => {
    const { edges: given } = await edges({ filter: '{client_service="curl",server_service="web"}' })
    const own = established.filter((c) => c.client.service === 'curl' && c.server.service === 'web')
    const sum = (of: (c: Connection) => number) => own.reduce((s, c) => s + of(c), 0)
    const sent = sum((c) => Math.ceil((c.sent ?? 0) / 1000) + Math.ceil((c.received ?? 0) / 1000))
    const again = sum((c) => (c.retransmits?.client ?? 0) + (c.retransmits?.server ?? 0))
    expect(given[0]?.retransmit_ratio).toBeCloseTo(again / sent, 9)
    const nobody = await edges({ filter: '{client_service="curl",server_address="93.184.216.34"}' })
    expect(nobody.edges[0]?.retransmit_ratio).toBeGreaterThan(0)
  })

  const filters: [string, (c: Connection) => boolean][] = [
    ['{server_service="cart"}', (c) => c.server.service === 'cart'],
    ['{server_service!="cart"}', (c) => c.server.service !== 'cart'],
    ['{server_service=~"ca.*|db"}', (c) => ['cart', 'db'].includes(c.server.service)],
    ['{server_service=~"ca"}', () => false],
    ['{server_service!~"ca.*"}', (c) => c.server.service !== 'cart'],
    ['{server_port=~"80|443"}', (c) => [80, 443].includes(c.port)],
    ['{server_port="80",client_cluster=""}', (c) => c.port === 80 && c.client.cluster === ''],
    ['{client_address="10.0.0.1"}', (c) => c.client.address === '10.0.0.1'],
    ['{server_address="fd00::3"}', (c) => c.server.address === 'fd00::3'],
    ['{service="web"}', (c) => [c.client.service, c.server.service].includes('web')],
    ['{service="web",cluster="west"}', () => false],
    ['{service="web", cluster="east",}', (c) => [c.client.service, c.server.service].includes('web')],
    ['{transport="udp"}', () => false],
    ['{client_pod="x"}', () => false],
  ]
  test.each(filters)('%s', async (filter, holds) => {
    const { edges: given } = await edges({ filter })
    expect(mergeTruth(given.map(measured))).toEqual(mergeTruth(truth(connections.filter(holds), () => '').values()))
  })

  test('a filter on what the far end alone knows', async () => {
    const { edges: given } = await edges({ filter: '{client_process="cartd",server_process="postgres"}' })
    const own = truth(established, (c) => c.server.process).get('postgres') as EdgeTruth
    expect(given.map((e) => e.retransmits)).toEqual([own.retransmits])
  })

  test.each(['bytes', 'connects', 'failures', 'retransmits', 'open'] as const)(
    'largest first by %s, cut by limit',
    async (order) => {
      const all = await edges({ order })
      const size = (e: EdgeStats) =>
        order === 'bytes' ? e.client_to_server_bytes + e.server_to_client_bytes : e[order]
      const sizes = all.edges.map(size)
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a))
      const cut = await edges({ order, limit: 2 })
      expect(cut.edges.map(size)).toEqual(sizes.slice(0, 2))
      expect(cut.total).toBe(all.total)
    },
  )

  test('own connections show only when asked for', async () => {
    const own = { filter: '{server_port="8123"}' }
    expect((await edges(own)).edges).toEqual([])
    const { edges: given } = await edges({ ...own, self: 1 })
    expect(given).toHaveLength(1)
    expect(given[0]).toMatchObject({ connects: 1, client_to_server_bytes: 10 })
  })
})

describe('map', () => {
  const map = async (parameters = {}): Promise<MapAnswer> => {
    const { status, body } = await get<MapAnswer>(server, '/api/v1/map', { ...range, ...parameters })
    expect(status, JSON.stringify(body)).toBe(200)
    return mapSchema.parse(body)
  }

  test('nodes are the ends of the edges, with their sums', async () => {
    const { nodes, edges: given, truncated } = await map()
    expect(truncated).toEqual({ nodes: 0, edges: 0 })
    expect(nodes.map((n) => n.label).sort()).toEqual(['198.51.100.7', '93.184.216.34', 'cart', 'curl', 'db', 'web'])
    const ids = new Set(nodes.map((n) => n.id))
    expect(given.every((e) => ids.has(e.source) && ids.has(e.target))).toBe(true)
    const web = nodes.find((n) => n.label === 'web')
    const asClient = truth(connections, (c) => c.client.service).get('web') as EdgeTruth
    const asServer = truth(connections, (c) => c.server.service).get('web') as EdgeTruth
    expect(web).toMatchObject({
      kind: 'service',
      observed: true,
      class: '',
      cluster: 'east',
      connects: asClient.connects,
      accepts: asServer.connects,
      failures: asClient.failures,
      open: asClient.open + asServer.open,
      tx_bytes: asClient.client_to_server_bytes + asServer.server_to_client_bytes,
      rx_bytes: asClient.server_to_client_bytes + asServer.client_to_server_bytes,
    })
    expect(nodes.find((n) => n.label === '93.184.216.34')).toMatchObject({
      kind: 'address',
      observed: false,
      class: 'internet',
    })
  })

  test('ports are told, busiest first', async () => {
    const { nodes, edges: given } = await map({ filter: '{client_address="198.51.100.7"}' })
    const id = nodes.find((n) => n.label === '198.51.100.7')?.id
    const own = truth(
      established.filter((c) => c.client.address === '198.51.100.7'),
      (c) => String(c.port),
    )
    const busiest = [...own].sort(
      ([, a], [, b]) =>
        b.server_to_client_bytes + b.client_to_server_bytes - a.server_to_client_bytes - a.client_to_server_bytes,
    )
    expect(given.find((e) => e.source === id)?.server_ports).toEqual(busiest.map(([port]) => Number(port)))
  })

  test.each(groupings)('ids stay the same from request to request: %s', async (group_by) => {
    const first = await map({ group_by })
    const second = await map({ group_by })
    expect(second.nodes.map((n) => n.id)).toEqual(first.nodes.map((n) => n.id))
    expect(new Set(first.nodes.map((n) => n.id)).size).toBe(first.nodes.length)
    expect(new Set(first.edges.map((e) => e.id)).size).toBe(first.edges.length)
    expect(mergeTruth(first.edges.map(measured))).toEqual(mergeTruth(truth(connections, () => '').values()))
  })

  test('the labels of a node select its edges', async () => {
    const { nodes, edges: given } = await map({ group_by: 'process' })
    for (const node of nodes) {
      const matchers = Object.entries(node.labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      const own = given.filter((e) => e.source === node.id || e.target === node.id)
      const selected = await edges({ group_by: 'process', filter: `{${matchers.join(',')}}` })
      expect(mergeTruth(selected.edges.map(measured)), node.id).toEqual(mergeTruth(own.map(measured)))
    }
  })

  test('a limit keeps the busiest and says what is left out', async () => {
    const all = await map()
    const cut = await map({ limit: 3 })
    expect(cut.nodes.map((n) => n.id)).toEqual(all.nodes.slice(0, 3).map((n) => n.id))
    expect(cut.truncated).toEqual({ nodes: all.nodes.length - 3, edges: all.edges.length - cut.edges.length })
  })

  test('services are its nodes as a list', async () => {
    const { body } = await get<ServicesAnswer>(server, '/api/v1/services', { ...range, limit: 2 })
    const { nodes } = await map()
    expect(servicesSchema.parse(body).services).toEqual(nodes.slice(0, 2))
    expect(body.total).toBe(nodes.length)
  })
})

describe('series', () => {
  const series = async (parameters = {}): Promise<SeriesAnswer> => {
    const { status, body } = await get<SeriesAnswer>(server, '/api/v1/series', { ...range, ...parameters })
    expect(status, JSON.stringify(body)).toBe(200)
    return seriesSchema.parse(body)
  }
  const sum = (values: (number | null)[]) => values.reduce<number>((a, b) => a + (b ?? 0), 0)

  test('each step holds what happened in it, and all steps all of it', async () => {
    const { time, step_ms, series: s } = await series({ step: '1m' })
    expect(step_ms).toBe(MINUTE)
    expect(time).toEqual(Array.from({ length: 15 }, (_, i) => from + i * MINUTE))
    const all = truth(connections, () => '').get('') as EdgeTruth
    expect(sum(s.client_to_server_bytes)).toBe(all.client_to_server_bytes)
    expect(sum(s.server_to_client_bytes)).toBe(all.server_to_client_bytes)
    expect(sum(s.connects)).toBe(all.connects)
    expect(sum(s.failures)).toBe(all.failures)
    expect(sum(s.retransmits)).toBe(all.retransmits)
    const failures = time.map(
      (t) => connections.filter((c) => c.failure && c.start >= t && c.start < t + MINUTE).length,
    )
    expect(s.failures).toEqual(failures)
  })

  test('open is the number at the end of each step', async () => {
    const { time, series: s } = await series({ step: '30s' })
    const open = time.map(
      (t) =>
        connections.filter(
          (c) =>
            !c.self &&
            c.failure === undefined &&
            c.start < t + 30_000 &&
            (c.end ?? Number.POSITIVE_INFINITY) >= t + 30_000,
        ).length,
    )
    expect(s.open).toEqual(open)
    expect(s.open.at(-1)).toBe((truth(connections, () => '').get('') as EdgeTruth).open)
  })

  test('without traffic counters are 0 and latencies null', async () => {
    const { time, series: s } = await series({ filter: '{client_service="nobody"}' })
    expect(s.connects).toEqual(time.map(() => 0))
    expect(s.srtt_us).toEqual(time.map(() => null))
    expect(s.open).toEqual(time.map(() => 0))
  })
})

describe('values', () => {
  const values = async (label: string, parameters = {}): Promise<string[]> => {
    const { status, body } = await get<ValuesAnswer>(server, '/api/v1/values', { ...range, label, ...parameters })
    expect(status, JSON.stringify(body)).toBe(200)
    return valuesSchema.parse(body).values
  }

  test('of both ends, in order', async () => {
    expect(await values('server_process')).toEqual(['cartd', 'nginx', 'postgres'])
    expect(await values('client_address')).toEqual(['10.0.0.1', '10.0.0.2', '198.51.100.7', 'fd00::3'])
    expect(await values('server_port')).toEqual(['443', '5432', '80', '8080'])
    expect(await values('transport')).toEqual(['tcp'])
    expect(await values('client_pod')).toEqual([])
  })

  test('by prefix, cut by limit', async () => {
    expect(await values('server_process', { prefix: 'ng' })).toEqual(['nginx'])
    expect(await values('server_process', { limit: 1 })).toEqual(['cartd'])
  })
})
