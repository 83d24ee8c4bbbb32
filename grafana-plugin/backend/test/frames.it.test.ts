import type {
  CostAnswer,
  DnsAnswer,
  EdgesAnswer,
  FlowsAnswer,
  MapAnswer,
  NodesAnswer,
  SeriesAnswer,
  ServicesAnswer,
} from '@headwater/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { place } from '../../../services/query/test/faults.ts'
import { columnsOf, seriesFields } from '../../model/columns.ts'
import { type QueryType, queryTypes } from '../../model/query.ts'
import { connections, faultFrom, from, huge, markup, quotes, range, to } from './data.ts'
import { type DecodedField, type DecodedFrame, field, rowsOf, seriesOf } from './frames.ts'
import { Backend } from './grafana.ts'
import { Headwater } from './headwater.ts'

const MINUTE = 60_000
let headwater: Headwater
let backend: Backend

beforeAll(async () => {
  headwater = await Headwater.start()
  await headwater.connections(connections)
  for (const node of ['n1', 'n2'])
    for (let time = from - 20 * MINUTE; time < (node === 'n2' ? faultFrom : to); time += 10_000)
      await headwater.report(node, time, { started: from - 20 * MINUTE })
  backend = await Backend.start(headwater.source)
})
afterAll(async () => {
  await backend?.stop()
  await headwater?.stop()
})

const frames = async (query: object, of = range): Promise<DecodedFrame[]> => {
  const answer = await backend.query(query, of)
  expect(answer.error).toBe('')
  return answer.frames
}
const one = async (query: object): Promise<DecodedFrame> => {
  const found = await frames(query)
  expect(found.map((f) => f.name)).toHaveLength(1)
  return found[0] as DecodedFrame
}

describe('map', () => {
  test('Node Graph frames and the answer whole', async () => {
    const [nodes, edges, map] = await frames({ queryType: 'map' })
    const answer = await headwater.api<MapAnswer>('map', { ...range, limit: 500 })
    expect(map).toMatchObject({ name: 'map', rows: 1 })
    expect(map?.meta.custom.answer).toEqual(answer)
    expect([nodes?.name, nodes?.meta.preferredVisualisationType]).toEqual(['nodes', 'nodeGraph'])
    expect([edges?.name, edges?.meta.preferredVisualisationType]).toEqual(['edges', 'nodeGraph'])
    expect(field(nodes, 'id').values).toEqual(answer.nodes.map((n) => n.id))
    expect(field(nodes, 'title').values).toEqual(answer.nodes.map((n) => n.label))
    expect(field(edges, 'source').values).toEqual(answer.edges.map((e) => e.source))
    const known = new Set(field(nodes, 'id').values)
    for (const end of ['source', 'target']) expect(field(edges, end).values.every((id) => known.has(id))).toBe(true)
    for (const row of rowsOf(nodes)) {
      const arcs = Object.entries(row).filter(([name]) => name.startsWith('arc__'))
      expect(arcs).toHaveLength(4)
      expect(arcs.reduce((sum, [, v]) => sum + Number(v), 0)).toBe(1)
      expect(row[`arc__${row.detail__state}`]).toBe(1)
    }
    expect(field(edges, 'mainstat').config).toMatchObject({ unit: 'decbytes' })
    expect(field(edges, 'thickness').values.every((t) => Number(t) >= 1 && Number(t) <= 8)).toBe(true)
  })

  test('node_graph: without the answer; table: its edges', async () => {
    expect((await frames({ queryType: 'map', format: 'node_graph' })).map((f) => f.name)).toEqual(['nodes', 'edges'])
    expect((await one({ queryType: 'map', format: 'table' })).name).toBe('edges')
  })

  test('an empty map is still an answer for the map panel', async () => {
    const found = await frames({ queryType: 'map', filter: '{service="nobody"}' })
    expect(found.map((f) => f.name)).toEqual(['map'])
    expect(found[0]?.meta.custom.answer.nodes).toEqual([])
  })
})

describe('tables', () => {
  test('services: a row for each, numbers of the API, a link to its edges', async () => {
    const frame = await one({ queryType: 'services' })
    const answer = await headwater.api<ServicesAnswer>('services', range)
    expect(frame.meta.custom.answer).toEqual(answer)
    expect(rowsOf(frame).map((r) => [r.service, r.state, r.failures, r.tx_bytes])).toEqual(
      answer.services.map((s) => [s.label, s.health.state, s.failures, s.tx_bytes]),
    )
    expect(rowsOf(frame).find((r) => r.service === 'cart')).toMatchObject({
      state: 'unhealthy',
      state_level: 2,
      cause: 'refused',
    })
    expect(field(frame, 'service').config.links[0].internal).toMatchObject({
      datasourceUid: 'headwater',
      query: { queryType: 'edges' },
    })
    expect(field(frame, 'tx_bytes').config.unit).toBe('decbytes')
  })

  test('edges: numbers of the API with units; the link of a row finds just its flows', async () => {
    const frame = await one({ queryType: 'edges' })
    const answer = await headwater.api<EdgesAnswer>('edges', range)
    expect(
      rowsOf(frame).map((r) => [
        r.client_service,
        r.server_service,
        r.client_to_server_bytes,
        r.failures,
        r.srtt_us,
        r.srtt_us_p95,
      ]),
    ).toEqual(
      answer.edges.map((e) => [
        e.labels.client_service,
        e.labels.server_service,
        e.client_to_server_bytes,
        e.failures,
        e.srtt_us,
        e.srtt_us_quantiles?.p95 ?? null,
      ]),
    )
    expect(field(frame, 'srtt_us').config.unit).toBe('µs')
    expect(field(frame, 'failure_ratio').config.unit).toBe('percentunit')
    expect(field(frame, 'filter').config.custom.hidden).toBe(true)
    for (const name of [huge, markup, quotes, 'curl']) {
      const row = rowsOf(frame).find((r) => r.client_service === name && r.server_service !== '93.184.216.34')
      const flows = await frames({ queryType: 'flows', filter: row?.filter })
      const services = rowsOf(flows[0]).map((r) => (r.side === 'client' ? r.local_service : r.remote_service))
      expect(services.length).toBeGreaterThan(0)
      expect(
        services.filter((s) => s !== name && !String(s).startsWith('10.') && s !== 'fd00::3'),
        name.slice(0, 30),
      ).toEqual([])
    }
  })

  test('only the columns that are asked for', async () => {
    const frame = await one({ queryType: 'edges', fields: ['client_service', 'failures'] })
    expect(frame.fields.map((f) => f.name)).toEqual(['client_service', 'failures', 'filter'])
    const { status, error } = await backend.query({ queryType: 'edges', fields: ['nope'] }, range)
    expect(status).toBe(400)
    expect(error).toMatch(/^There is no field "nope" here; there are client_cluster, .*failures/)
  })

  test('labels that no row has, and labels of no rows, are no mistake to ask for', async () => {
    const fields = ['client_service', 'client_pod', 'connects']
    const frame = await one({ queryType: 'edges', format: 'table', fields })
    expect(frame.fields.map((f) => f.name)).toEqual(expect.arrayContaining(['client_service', 'connects']))
    expect(await frames({ queryType: 'edges', format: 'table', fields, filter: '{service="nobody"}' })).toEqual([])
  })

  test('flows: newest first; beyond a page too', async () => {
    const frame = await one({ queryType: 'flows', limit: 700 })
    const { flows } = await headwater.api<FlowsAnswer>('flows', { ...range, limit: 700 })
    expect(rowsOf(frame).map((r) => [r.time, r.cookie, r.process])).toEqual(
      flows.map((f) => [f.time, f.cookie, f.process]),
    )
    expect(field(frame, 'time')).toMatchObject({ type: 'time', nullable: false })
  })

  test('questions for names', async () => {
    const client = place('cart', 7)
    const ask = (i: number) => ({ client, time: from + i * 1_000, ...(i % 4 === 0 && { rcode: 'SERVFAIL' }) })
    await headwater.questions(Array.from({ length: 60 }, (_, i) => ask(i)))
    const frame = await one({ queryType: 'dns', filter: '{client_service="cart"}' })
    expect(rowsOf(frame).map((r) => [r.name, r.type, r.rcode, r.questions, r.failures, r.failure_ratio])).toEqual([
      ['cart.shop', 'A', 'NOERROR', 45, 0, 0],
      ['cart.shop', 'A', 'SERVFAIL', 15, 15, 1],
    ])
    const { groups } = await headwater.api<DnsAnswer>('dns', { ...range })
    expect(field(frame, 'p95_us').values).toEqual(groups.map((g) => g.p95_us))
    expect(field(frame, 'p95_us').config).toMatchObject({ unit: 'µs' })
    expect(await frames({ queryType: 'dns', filter: '{client_service="nobody"}' })).toEqual([])
  })

  test('nodes and completeness', async () => {
    const nodes = await one({ queryType: 'nodes' })
    const answer = await headwater.api<NodesAnswer>('nodes', range)
    expect(nodes.meta.custom.answer.nodes).toHaveLength(2)
    expect(rowsOf(nodes).map((r) => [r.node, r.state, r.up])).toEqual(
      answer.nodes.map((n) => [n.node, n.state, n.state === 'live' ? 1 : 0]),
    )
    const whole = await one({ queryType: 'completeness' })
    expect(rowsOf(whole)).toMatchObject([
      {
        delivered: answer.completeness.delivered,
        coverage: answer.completeness.coverage,
        nodes_silent: 1,
        silent: 'east/n2',
      },
    ])
  })

  test('cost: pairs with their amounts in the currency of the prices', async () => {
    const found = await frames({ queryType: 'cost' })
    const answer = await headwater.api<CostAnswer>('cost', range)
    expect(found.flatMap(rowsOf).map((r) => r.cost)).toEqual(answer.pairs.map((p) => p.cost))
    if (found[0]) expect(field(found[0], 'cost').config.unit).toBe(`currency${answer.currency}`)
  })

  test('one number, told apart by the labels that are named with it', async () => {
    const all = await one({ queryType: 'edges', format: 'long', fields: ['connects'] })
    const some = await one({ queryType: 'edges', format: 'long', fields: ['connects', 'server_service', 'failures'] })
    expect(some.fields.map((f) => f.name)).toEqual(['connects', 'server_service'])
    const numbers = field(some, 'connects').values as number[]
    expect(numbers).toEqual(numbers.toSorted((a, b) => b - a))
    const sums = new Map<unknown, number>()
    for (const row of rowsOf(all))
      sums.set(row.server_service, (sums.get(row.server_service) ?? 0) + Number(row.connects))
    expect(new Map(rowsOf(some).map((r) => [r.server_service, r.connects]))).toEqual(sums)
  })

  test('the model names the columns that there are', async () => {
    for (const queryType of queryTypes.filter((t): t is Exclude<QueryType, 'series'> => t !== 'series')) {
      const [frame] = await frames({ queryType, format: 'table' })
      if (frame === undefined) continue
      const names = frame.fields.map((f) => f.name)
      const missing = columnsOf[queryType]
        .filter((c) => c.kind !== 'label' && !names.includes(c.name))
        .map((c) => c.name)
      expect(missing, queryType).toEqual([])
      // A column that no row fills is one that the backend forgot.
      const empty = frame.fields.filter((f) => f.type === 'number' && f.values.every((v) => v === null))
      expect(
        empty.map((f) => f.name).filter((n) => !/state_level|clock_offset|delivered/.test(n)),
        queryType,
      ).toEqual([])
    }
  })
})

describe('series', () => {
  test('the numbers of the API, in one frame with one time', async () => {
    const found = await frames({ queryType: 'series', fields: ['connects', 'srtt_us'] })
    expect(found.map((f) => [f.meta.type, f.fields.map((x) => [x.name, x.type])])).toEqual([
      [
        'timeseries-wide',
        [
          ['time', 'time'],
          ['connects', 'number'],
          ['srtt_us', 'number'],
        ],
      ],
    ])
    const step = field(found[0], 'time').config.interval / 1000
    const answer = await headwater.api<SeriesAnswer>('series', { ...range, step: `${step}s` })
    expect(field(found[0], 'connects').values).toEqual(answer.series.connects)
    expect(field(found[0], 'srtt_us').values).toEqual(answer.series.srtt_us)
    expect(field(found[0], 'time').values).toEqual(answer.time)
    expect(field(found[0], 'time').nullable).toBe(false)
  })

  test('split: labels, what is called what, and together the whole', async () => {
    const found = await frames({ queryType: 'series', fields: ['connects'], split: 'edge' })
    const numbers = seriesOf(found).map(({ number }) => number)
    const names = numbers.map((f) => f.config.displayNameFromDS)
    expect(names).toEqual(expect.arrayContaining(['curl → web', 'web → cart', 'cart → db', `${markup} → cart`]))
    expect(new Set(numbers.map((f) => JSON.stringify(f.labels))).size).toBe(numbers.length)
    const total = (f: DecodedField) => (f.values as number[]).reduce((a, b) => a + b, 0)
    const [whole] = await frames({ queryType: 'series', fields: ['connects'] })
    expect(numbers.reduce((sum, f) => sum + total(f), 0)).toBe(total(field(whole, 'connects')))
    const servers = await frames({ queryType: 'series', fields: ['connects'], split: 'server' })
    expect(seriesOf(servers).map(({ number }) => number.labels)).toContainEqual({
      server_cluster: 'west',
      server_service: 'db',
    })
  })

  test('what is beyond the limit is said', async () => {
    const found = await frames({ queryType: 'series', fields: ['connects'], split: 'edge', limit: 2 })
    expect(seriesOf(found)).toHaveLength(2)
    expect(found[0]?.meta.notices[0].text).toMatch(/^The 2 biggest of \d+: raise the limit/)
  })

  test('as a table, and in one number each', async () => {
    const table = await one({ queryType: 'series', split: 'edge', format: 'table' })
    expect(table.fields.map((f) => f.name)).toEqual(expect.arrayContaining(['time', 'client_service', ...seriesFields]))
    const long = await one({ queryType: 'series', split: 'edge', format: 'long', fields: ['failures'] })
    expect(rowsOf(long).find((r) => r.server_service === 'cart' && r.client_service === 'web')?.failures).toBe(150)
  })
})

describe('changes', () => {
  test('new edges at their first step, silent nodes when last heard', async () => {
    const start = faultFrom - MINUTE
    const recent = { from: start, to }
    await headwater.connections(
      Array.from({ length: 20 }, (_, i) => {
        const time = faultFrom + 2 * MINUTE + i * 1_000
        const first = connections.find((c) => c.server.service === 'web')
        if (first === undefined) throw new Error('no connections')
        return {
          ...first,
          client: { ...first.client, service: 'newcomer', address: '10.0.9.9' },
          start: time,
          end: time + 10,
        }
      }),
    )
    const found = rowsOf((await frames({ queryType: 'changes' }, recent))[0])
    const edge = found.find((r) => r.kind === 'new-edge')
    expect(edge).toMatchObject({ title: 'New: newcomer → web', tags: 'headwater,new-edge' })
    expect(Number(edge?.time)).toBeGreaterThan(faultFrom + 2 * MINUTE - 10_000)
    expect(Number(edge?.time)).toBeLessThanOrEqual(faultFrom + 2 * MINUTE)
    const silent = found.find((r) => r.kind === 'silent-node')
    expect(silent).toMatchObject({ title: 'Node n2 is silent' })
    expect(Math.abs(Number(silent?.time) - faultFrom)).toBeLessThan(MINUTE)
  })
})

describe('bad input is a sentence', () => {
  test.each([
    [{ queryType: 'traces' }, range, /^There is no query type "traces"; there are map, services/],
    [{ queryType: 'edges', groupBy: 'planet' }, range, /^There is no grouping "planet"; there are service/],
    [
      { queryType: 'edges', filter: 'x'.repeat(5000) },
      range,
      /^The filter of the query is longer than 4096 characters\.$/,
    ],
    [
      { queryType: 'edges', filter: '{server_service=~"("}' },
      range,
      /^Filter: "\(" is not a regular expression \(RE2 syntax\)\.$/,
    ],
    [{ queryType: 'edges', filter: '{service="$service"' }, range, /^Filter: /],
    [{ queryType: 'edges', limit: 0 }, range, /^The limit of the query is below 1\.$/],
    [{ queryType: 'edges', fields: 'x' }, range, /^The fields of the query are not a list/],
    [{ queryType: 'edges' }, { from: to, to }, /^The time range is empty: choose one whose end is after its start\.$/],
    [
      { queryType: 'series', fields: ['love'] },
      range,
      /^There is no field "love" of series; there are client_to_server_bytes/,
    ],
  ])('%o', async (query, of, sentence) => {
    const { status, error, frames: found } = await backend.query(query, of)
    expect({ status, found }).toEqual({ status: 400, found: [] })
    expect(error).toMatch(sentence)
  })

  test('names with regex characters and quotes, as a variable puts them in', async () => {
    const frame = await one({ queryType: 'edges', filter: `{client_service=${JSON.stringify(quotes)}}` })
    expect(rowsOf(frame).map((r) => r.client_service)).toEqual([quotes])
    const escaped = quotes.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    const same = await one({ queryType: 'edges', filter: `{client_service=~${JSON.stringify(`(${escaped}|nobody)`)}}` })
    expect(rowsOf(same).map((r) => r.client_service)).toEqual([quotes])
  })
})
