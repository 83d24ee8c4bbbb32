import { groupings, type Problem, type SeriesAnswer, type SeriesNumbers, seriesSchema } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { QueryServer } from '../src/index.js'
import { connectionRows } from './fleet.js'
import { insertRows } from './rows.js'
import { scenario, truth } from './scenario.js'
import { get, testServer } from './server.js'

const MINUTE = 60_000
const to = Math.floor(Date.now() / MINUTE) * MINUTE - 10 * MINUTE
const range = { from: to - 14 * MINUTE, to }
const connections = scenario(range.from, to, 600)

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

const ask = async (parameters: Record<string, string | number>): Promise<SeriesAnswer> => {
  const { status, body } = await get<SeriesAnswer>(server, '/api/v1/series', { ...range, step: '1m', ...parameters })
  expect(status, JSON.stringify(body)).toBe(200)
  return seriesSchema.parse(body)
}
const sum = (values: readonly (number | null)[]): number => values.reduce<number>((a, b) => a + (b ?? 0), 0)
const sums = ['client_to_server_bytes', 'server_to_client_bytes', 'connects', 'failures'] as const
const bigness = ({ series }: { series: SeriesNumbers }): number =>
  sum(series.client_to_server_bytes) +
  sum(series.server_to_client_bytes) +
  1000 * (sum(series.connects) + sum(series.failures))

test('without a split there are no groups', async () => {
  expect(Object.keys(await ask({ group_by: 'service' }))).not.toContain('groups')
})

test('a series for each edge: what was done, biggest first', async () => {
  const { groups = [], groups_left_out } = await ask({ split: 'edge' })
  expect(groups_left_out).toBe(0)
  const edges = truth(connections, (c) => `${c.client.service} ${c.server.service}`)
  expect(new Set(groups.map((g) => `${g.labels.client_service} ${g.labels.server_service}`))).toEqual(
    new Set(edges.keys()),
  )
  for (const { labels, series } of groups) {
    const edge = edges.get(`${labels.client_service} ${labels.server_service}`)
    for (const name of [...sums, 'retransmits'] as const) expect(sum(series[name]), name).toBe(edge?.[name])
    expect(series.open.at(-1)).toBe(edge?.open)
    expect(labels.transport).toBe('tcp')
  }
  expect(groups.map(bigness)).toEqual(groups.map(bigness).sort((a, b) => b - a))
})

describe.each(['edge', 'client', 'server'])('split by %s', (split) => {
  test.each(groupings)('under %s the groups add up to the whole, and no two have the same labels', async (group_by) => {
    const { groups = [], series } = await ask({ split, group_by })
    for (const name of [...sums, 'open'] as const)
      for (const [i, value] of series[name].entries())
        expect(sum(groups.map((g) => g.series[name][i] ?? 0)), name).toBe(value)
    expect(new Set(groups.map((g) => JSON.stringify(g.labels))).size).toBe(groups.length)
    expect(groups.length).toBeGreaterThan(0)
  })

  test('each is what the series of its labels is', async () => {
    const { groups = [] } = await ask({ split })
    for (const { labels, series } of groups.slice(0, 3)) {
      const filter = `{${Object.entries(labels)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',')}}`
      expect((await ask({ filter })).series).toEqual(series)
    }
  })
})

test('of minutes from the rollup as from rows', async () => {
  const raw = await ask({ split: 'edge' })
  // Longer, so that whole minutes come from edges_1m.
  const rolled = await ask({ split: 'edge', from: range.from - 30 * MINUTE })
  const found = (answer: SeriesAnswer) =>
    new Map(answer.groups?.map((g) => [JSON.stringify(g.labels), sums.map((name) => g.series[name].slice(-14))]))
  expect(found(rolled)).toEqual(found(raw))
})

test('a filter, and the limit: the biggest, and how many are left out', async () => {
  const all = await ask({ split: 'edge' })
  const two = await ask({ split: 'edge', limit: 2 })
  expect(two.groups).toEqual(all.groups?.slice(0, 2))
  expect(two.groups_left_out).toBe((all.groups?.length ?? 0) - 2)
  const cart = await ask({ split: 'client', filter: '{server_service="cart"}' })
  expect(cart.groups?.map((g) => g.labels.client_service)).toEqual(['web'])
  expect(await ask({ split: 'edge', filter: '{service="nobody"}' })).toMatchObject({ groups: [], groups_left_out: 0 })
})

test.each([
  [{ split: 'love' }, 'split'],
  [{ split: 'edge', limit: 2001 }, 'limit'],
  [{ split: 'edge', group_by: 'planet' }, 'group_by'],
  [{ split: 'edge', limit: 2000, step: '1s' }, 'step'],
])('%o names %s', async (parameters, parameter) => {
  const { status, body } = await get<Problem>(server, '/api/v1/series', { ...range, ...parameters })
  expect(status).toBe(400)
  expect(body).toMatchObject({ code: 'bad-parameter', parameter })
})
