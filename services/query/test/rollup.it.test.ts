import type { EdgesAnswer, MapAnswer, SeriesAnswer, ServicesAnswer, ValuesAnswer } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { groupingRules } from '../src/graph/grouping.js'
import type { QueryServer } from '../src/index.js'
import { type Matcher, parseMatchers } from '../src/matchers/parse.js'
import { edgesStatement } from '../src/sql/edges.js'
import { RAW_RANGE_MS } from '../src/sql/source.js'
import { type Connection, connectionRows } from './fleet.js'
import { insertRows } from './rows.js'
import { cart, outside, random, scenario, truth } from './scenario.js'
import { get, testServer } from './server.js'

const HOUR = 3_600_000
const MINUTE = 60_000
// Five hours, in the past and off the minute, so that both ends of a range cut minutes in two
const end = Math.floor(Date.now() / HOUR) * HOUR - HOUR + 12_345
const start = end - 5 * HOUR
const connections: Connection[] = scenario(start, end, 3_000, 11).map((c) => ({ ...c, named: true }))

let store: TestStore
let server: QueryServer

beforeAll(async () => {
  store = await startTestStore()
  server = testServer(store.query)
  await server.start()
  const rows = connections.flatMap(connectionRows)
  const partitions = Map.groupBy(rows, (row) => Math.floor(Number(row.time) / (6 * HOUR)))
  for (const part of partitions.values()) await insertRows(store.ingest, part)
})
afterAll(async () => {
  await server?.stop()
  await store?.stop()
})

const edgesOf = async (parameters: Record<string, string | number>): Promise<EdgesAnswer['edges']> => {
  const { status, body } = await get<EdgesAnswer>(server, '/api/v1/edges', parameters)
  expect(status, JSON.stringify(body)).toBe(200)
  return body.edges
}

/** A matcher that everything meets and only raw rows can answer. */
const RAW = 'client_port=~".*"'

/** What a question without a filter and with one that only raw rows can answer gives. */
async function bothWays<T>(path: string, parameters: Record<string, string | number>): Promise<[rollup: T, raw: T]> {
  const answers = ['', `{${RAW}}`].map((filter) => get<T>(server, `/api/v1/${path}`, { ...parameters, filter }))
  const [rollup, raw] = await Promise.all(answers)
  expect([rollup?.status, raw?.status], JSON.stringify(rollup?.body)).toEqual([200, 200])
  return [rollup?.body as T, raw?.body as T]
}

const below = random(23)
/** Ranges anywhere in the five hours, of any length beyond which the rollups are asked. */
const anywhere = Array.from({ length: 12 }, (_, i): [string, number, number] => {
  const length = RAW_RANGE_MS + 1 + below(end - start - RAW_RANGE_MS)
  const from = start + below(end - start - length + 1)
  return [`range ${i + 1}`, from, from + length]
})
const ranges: [string, number, number][] = [
  ['whole hours', Math.ceil(start / HOUR) * HOUR, Math.floor(end / HOUR) * HOUR],
  ['whole minutes', Math.ceil(start / MINUTE) * MINUTE, Math.floor(end / MINUTE) * MINUTE],
  ['off the minute', start + 1, end - 1],
  ['all of it', start, end],
  ['one whole hour and its neighbours', Math.ceil(start / HOUR) * HOUR - 1, Math.ceil(start / HOUR) * HOUR + HOUR + 1],
  ['not much over what raw rows are read for', end - RAW_RANGE_MS - 1, end],
  ...anywhere,
]

describe('a long range, answered from the rollups', () => {
  test('reads hours, minutes beside them, and raw rows only for started minutes', async () => {
    const query = { matchers: [], rule: groupingRules.service, self: false, order: 'bytes' } as const
    const text = (range: { from: number; to: number }, matchers: Matcher[] = []) =>
      ['edges_1h', 'edges_1m', 'flows'].filter((t) =>
        edgesStatement({ ...query, range, matchers }).text.includes(`FROM ${t}`),
      )
    expect(text({ from: start, to: end })).toEqual(['edges_1h', 'edges_1m', 'flows'])
    expect(text({ from: start, to: end }, parseMatchers(`{${RAW}}`))).toEqual(['flows'])
    expect(text({ from: end - RAW_RANGE_MS, to: end })).toEqual(['flows'])
    const hour = Math.ceil(start / HOUR) * HOUR
    expect(text({ from: hour, to: hour + HOUR })).toEqual(['edges_1h'])
    expect(text({ from: hour + MINUTE, to: hour + HOUR })).toEqual(['edges_1m'])
  })

  test.each(ranges)('gives what raw rows give, with health: %s', async (_, from, to) => {
    for (const group_by of ['service', 'namespace', 'cluster']) {
      const [rollup, raw] = await bothWays<EdgesAnswer>('edges', { from, to, group_by })
      expect(rollup.edges).toEqual(raw.edges)
      expect(rollup.edges.length).toBeGreaterThan(0)
    }
  })

  test.each(ranges)('the map, services and values too: %s', async (_, from, to) => {
    const [rollup, raw] = await bothWays<MapAnswer>('map', { from, to })
    expect(rollup).toEqual(raw)
    const [services, rawServices] = await bothWays<ServicesAnswer>('services', { from, to })
    expect(services).toEqual(rawServices)
    for (const label of ['server_service', 'client_cluster', 'server_port', 'transport']) {
      const { body } = await get<ValuesAnswer>(server, '/api/v1/values', { from, to, label })
      const values = rollup.edges.flatMap((edge) => {
        if (label === 'server_port') return edge.server_ports.map(String)
        if (label === 'transport') return [edge.transport]
        const node = rollup.nodes.find((n) => n.id === (label === 'client_cluster' ? edge.source : edge.target))
        return label === 'client_cluster' ? (node?.cluster ?? '') : (node?.label ?? '')
      })
      expect(new Set(body.values), label).toEqual(new Set(values.filter((v) => v !== '')))
    }
  })

  test.each(ranges)('series too, by minute and by hour: %s', async (_, from, to) => {
    for (const step of ['1m', '2m', '1h', '2h']) {
      const [rollup, raw] = await bothWays<SeriesAnswer>('series', { from, to, step })
      expect(rollup).toEqual(raw)
    }
  })

  test('bytes, connections and failures are the truth', async () => {
    const edges = await edgesOf({ from: start, to: end })
    const expected = truth(connections, (c) => `${c.client.service} ${c.server.service}`)
    expect(edges).toHaveLength(expected.size)
    for (const edge of edges) {
      const { client_service, server_service } = edge.labels
      const { open: _, ...known } = expected.get(`${client_service} ${server_service}`) as NonNullable<
        ReturnType<typeof expected.get>
      >
      expect(edge).toMatchObject(known)
    }
    const { body } = await get<SeriesAnswer>(server, '/api/v1/series', { from: start, to: end })
    expect(body.step_ms).toBe(2 * MINUTE)
    expect(body.series.connects.reduce((a, b) => a + b)).toBe(connections.filter((c) => !c.self && !c.failure).length)
  })

  test('filters on what the rollups have', async () => {
    const filter = '{server_service=~"web|db",server_port!="80"}'
    const rollup = await edgesOf({ from: start, to: end, filter })
    const expected = truth(
      connections.filter((c) => ['web', 'db'].includes(c.server.service) && c.port !== 80),
      (c) => `${c.client.service} ${c.server.service}`,
    )
    expect(rollup).toHaveLength(expected.size)
    for (const edge of rollup)
      expect(edge.connects).toBe(expected.get(`${edge.labels.client_service} ${edge.labels.server_service}`)?.connects)
  })

  test('hours say of past health what their minutes say, where resets and refused attempts lie in different ones', async () => {
    const hour = Math.floor(start / HOUR) * HOUR - 2 * HOUR
    const between = { client: cart, server: outside, port: 443 }
    const refused = Array.from({ length: 30 }, (_, i) => hour + 10 * MINUTE + i * 100)
    const reset = Array.from({ length: 300 }, (_, i) => hour + 40 * MINUTE + i * 100)
    const made: Connection[] = [
      ...refused.map((at) => ({ ...between, start: at, failure: 'refused' })),
      ...reset.map((at) => ({ ...between, start: at, end: at + 50, sent: 10, resets: 1 })),
    ]
    await insertRows(store.ingest, made.flatMap(connectionRows))
    const hours = await edgesOf({ from: hour, to: hour + HOUR })
    expect(hours).toEqual(await edgesOf({ from: hour + 5 * MINUTE, to: hour + 55 * MINUTE }))
    expect(hours).toMatchObject([{ resets: 300, failures: 30, health: { cause: 'resets' } }])
  })
})
