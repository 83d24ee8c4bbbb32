import { type EdgesAnswer, type MapAnswer, type SeriesAnswer } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { groupingRules } from '../src/graph/grouping.js'
import type { QueryServer } from '../src/index.js'
import { parseMatchers } from '../src/matchers/parse.js'
import { edgesStatement } from '../src/sql/edges.js'
import { type Connection, connectionRows } from './fleet.js'
import { insertRows } from './rows.js'
import { scenario, truth } from './scenario.js'
import { get, testServer } from './server.js'

const HOUR = 3_600_000
const MINUTE = 60_000
// Five hours, in the past and off the minute, so that both ends of a range cut minutes in two
const end = Math.floor(Date.now() / HOUR) * HOUR - HOUR + 12_345
const start = end - 5 * HOUR
const connections: Connection[] = scenario(start, end, 3_000, 11)

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

describe('a long range, answered from the rollup', () => {
  test('reads the rollup, and raw rows only for started minutes', async () => {
    const query = { matchers: [], rule: groupingRules.service, self: false, order: 'bytes' } as const
    const long = edgesStatement({ ...query, range: { from: start, to: end } }).text
    expect(long).toContain('edges_1m')
    expect(
      edgesStatement({ ...query, range: { from: start, to: end }, matchers: parseMatchers(`{${RAW}}`) }).text,
    ).not.toContain('edges_1m')
    expect(edgesStatement({ ...query, range: { from: end - HOUR, to: end } }).text).not.toContain('edges_1m')
  })

  const ranges: [string, number, number][] = [
    ['whole minutes', Math.ceil(start / MINUTE) * MINUTE, Math.floor(end / MINUTE) * MINUTE],
    ['off the minute', start + 1, end - 1],
    ['all of it', start, end],
    ['not much over an hour', end - HOUR - 1, end],
  ]
  test.each(ranges)('gives what raw rows give: %s', async (_, from, to) => {
    for (const group_by of ['service', 'namespace', 'cluster']) {
      const rollup = await edgesOf({ from, to, group_by })
      const raw = await edgesOf({ from, to, group_by, filter: `{${RAW}}` })
      const known = (edges: EdgesAnswer['edges']) =>
        edges.map(({ retransmits: _, retransmit_ratio: __, srtt_us: ___, srtt_us_quantiles: ____, ...rest }) => rest)
      expect(known(rollup)).toEqual(known(raw))
      expect(rollup.length).toBeGreaterThan(0)
    }
  })

  test('bytes, connections and failures are the truth', async () => {
    const edges = await edgesOf({ from: start, to: end })
    const expected = truth(connections, (c) => `${c.client.service} ${c.server.service}`)
    expect(edges).toHaveLength(expected.size)
    for (const edge of edges) {
      const { client_service, server_service } = edge.labels
      const {
        retransmits: _,
        open: __,
        ...known
      } = expected.get(`${client_service} ${server_service}`) as NonNullable<ReturnType<typeof expected.get>>
      expect(edge).toMatchObject(known)
    }
  })

  test('filters on what the rollup has', async () => {
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

  test('the map has the same nodes as from raw rows', async () => {
    const map = async (filter: string) =>
      (await get<MapAnswer>(server, '/api/v1/map', { from: start, to: end, filter })).body
    const [rollup, raw] = [await map(''), await map(`{${RAW}}`)]
    expect(rollup.nodes).toEqual(raw.nodes)
    expect(rollup.edges.map((e) => [e.id, e.connects, e.server_ports])).toEqual(
      raw.edges.map((e) => [e.id, e.connects, e.server_ports]),
    )
  })

  test('series too', async () => {
    const series = async (filter: string) =>
      (await get<SeriesAnswer>(server, '/api/v1/series', { from: start, to: end, filter })).body
    const [rollup, raw] = [await series(''), await series(`{${RAW}}`)]
    expect(rollup.step_ms).toBe(2 * MINUTE)
    expect(rollup.time).toEqual(raw.time)
    expect(rollup.series).toEqual(raw.series)
    expect(rollup.series.connects.reduce((a, b) => a + b)).toBe(connections.filter((c) => !c.self && !c.failure).length)
  })
})
