import type { EdgesAnswer, ServicesAnswer } from '@headwater/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connections, faultFrom, from, markup, quotes, range, to } from './data.ts'
import { type DecodedFrame, evaluate, field, seriesOf } from './frames.ts'
import { Backend, grafanaEnv } from './grafana.ts'
import { Headwater } from './headwater.ts'

let headwater: Headwater
let backend: Backend

beforeAll(async () => {
  headwater = await Headwater.start()
  await headwater.connections(connections)
  for (const node of ['n1', 'n2', 'n3'])
    for (let time = from; time < to; time += 10_000) await headwater.report(node, time, { started: from })
  backend = await Backend.start(headwater.source)
})
afterAll(async () => {
  await backend?.stop()
  await headwater?.stop()
})

const labels = (of: Record<string, string>) => JSON.stringify(Object.entries(of).sort())
const at = (answer: { frames: DecodedFrame[]; error: string }, of: Record<string, string>): number | undefined => {
  expect(answer.error).toBe('')
  const wanted = Object.entries(of)
  const found = [...evaluate(answer.frames)].filter(([key]) =>
    wanted.every(([k, v]) => Object.fromEntries(JSON.parse(key))[k] === v),
  )
  expect(found.length, [...evaluate(answer.frames).keys()].join('\n')).toBeLessThanOrEqual(1)
  return found[0]?.[1]
}

describe('instant: one number and labels (numeric-long)', () => {
  test('edges: the number that was asked for, every edge once, equal to the API', async () => {
    const answer = await backend.alert({ queryType: 'edges', fields: ['failures'] }, range)
    expect(answer.frames).toHaveLength(1)
    const [frame] = answer.frames
    expect(frame?.meta).toMatchObject({ type: 'numeric-long', typeVersion: [0, 1] })
    expect(frame?.fields.map((f) => [f.type, f.nullable])).toEqual(
      frame?.fields.map((_, i) => [i === 0 ? 'number' : 'string', false]),
    )
    const { edges } = await headwater.api<EdgesAnswer>('edges', { ...range, limit: 10_000 })
    const expected = edges.map((e) => [
      labels(Object.fromEntries(Object.entries(e.labels).filter(([, v]) => v !== ''))),
      e.failures,
    ])
    expect([...evaluate(answer.frames)].sort()).toEqual(expected.sort())
    expect(at(answer, { client_service: 'web', server_service: 'cart' })).toBe(150)
  })

  test('what is not given: the level of health; what is unknown is no number, so that it does not fire', async () => {
    const answer = await backend.alert({ queryType: 'services' }, range)
    const { services } = await headwater.api<ServicesAnswer>('services', range)
    const known = services.filter((s) => s.health.state !== 'unknown')
    expect(known.length).toBeLessThan(services.length)
    expect(evaluate(answer.frames).size).toBe(known.length)
    expect(at(answer, { service: 'cart' })).toBe(2)
    expect([...evaluate(answer.frames).values()].some(Number.isNaN)).toBe(false)
  })

  test.each(['map', 'services', 'edges'] as const)(
    '%s under every grouping: no two of the same labels',
    async (queryType) => {
      for (const groupBy of ['service', 'process', 'node', 'namespace', 'cluster', 'zone', 'region', 'address']) {
        const answer = await backend.alert({ queryType, groupBy, fields: ['failures'] }, range)
        expect(answer.error, groupBy).toBe('')
        const values = [...evaluate(answer.frames).values()]
        expect(
          values.reduce((a, b) => a + b, 0),
          groupBy,
        ).toBe(150)
      }
    },
  )

  test('the state is no label: an alert would be another one whenever it changes', async () => {
    const { frames } = await backend.alert({ queryType: 'services' }, range)
    expect(frames[0]?.fields.map((f) => f.name)).not.toContain('state')
  })

  test('nodes: up', async () => {
    const answer = await backend.alert({ queryType: 'nodes' }, range)
    expect(at(answer, { node: 'n1' })).toBe(1)
    const later = await backend.alert({ queryType: 'nodes' }, { from: to, to: to + 5 * 60_000 })
    expect(at(later, { node: 'n1' })).toBe(0)
  })

  test('completeness and the bill: one number', async () => {
    const whole = await backend.alert({ queryType: 'completeness', fields: ['coverage'] }, range)
    expect(at(whole, {})).toBeGreaterThan(0.9)
    expect(evaluate((await backend.alert({ queryType: 'cost' }, range)).frames).size).toBe(1)
  })

  test('names of all kinds are labels as they are', async () => {
    const answer = await backend.alert({ queryType: 'edges', fields: ['connects'] }, range)
    for (const name of [markup, quotes]) expect(at(answer, { client_service: name })).toBe(15)
  })
})

describe('range: series for reduce', () => {
  test('one series with labels for each edge: typed, times in ns, ascending, not nullable', async () => {
    const answer = await backend.alert({ queryType: 'series', fields: ['failures'], split: 'edge' }, range)
    expect(answer.error).toBe('')
    expect(answer.frames.map((f) => [f.meta.type, f.meta.typeVersion])).toEqual([['timeseries-wide', [0, 1]]])
    const all = seriesOf(answer.frames)
    expect(all.length).toBeGreaterThan(5)
    for (const { time, number } of all) {
      expect([time.type, time.nullable, number.type, number.nullable]).toEqual(['time', false, 'number', false])
      expect(time.values.every((t) => (t as number) >= from && (t as number) < to)).toBe(true)
    }
    expect(at(answer, { client_service: 'web', server_service: 'cart' })).toBeGreaterThan(0)
    expect(at(answer, { client_service: 'curl', server_service: 'web' })).toBe(0)
    const failing = all.find(
      ({ number }) => number.labels?.client_service === 'web' && number.labels.server_service === 'cart',
    )
    const failures = (failing?.number.values ?? []) as number[]
    expect(failures.reduce((a, b) => a + b, 0)).toBe(150)
    const times = (failing?.time.values ?? []) as number[]
    expect(times[failures.findIndex((f) => f > 0)]).toBe(faultFrom)
  })

  test('without a split: zeros where agents saw nothing', async () => {
    const answer = await backend.alert(
      { queryType: 'series', fields: ['failures'], filter: '{server_service="db"}' },
      range,
    )
    expect(at(answer, {})).toBe(0)
  })

  test('steps without a sample are left out: null would become NaN, and NaN fires', async () => {
    const filter = '{client_service="cart",server_service="db"}'
    const answer = await backend.alert({ queryType: 'series', fields: ['connect_us'], filter }, range)
    expect(at(answer, {})).toBeCloseTo(500)
    expect(field(answer.frames[0], 'connect_us').values).not.toContain(null)
  })

  test('the step under way is left out: it is low by what is still to come', async () => {
    const late = { from, to: to - 2_000 }
    const answer = await backend.alert({ queryType: 'series', fields: ['connects'] }, late)
    const times = field(answer.frames[0], 'time').values as number[]
    const step = field(answer.frames[0], 'time').config.interval
    expect((times.at(-1) ?? 0) + step).toBeLessThanOrEqual(late.to)
  })
})

describe('what fires falsely is not sent', () => {
  const nothing = { filter: '{server_service="nobody"}' }
  const before = { from: from - 10 * 86_400_000, to: from - 9 * 86_400_000 }

  test.each([
    ['edges', { queryType: 'edges', ...nothing }, range],
    ['services', { queryType: 'services', ...nothing }, range],
    ['map', { queryType: 'map', ...nothing }, range],
    ['series of edges', { queryType: 'series', split: 'edge', ...nothing }, range],
    ['a mean without samples', { queryType: 'series', fields: ['connect_us'], ...nothing }, range],
    ['series of a time without agents', { queryType: 'series' }, before],
    ['nodes', { queryType: 'nodes' }, before],
    ['completeness of a time without agents', { queryType: 'completeness' }, before],
    ['a ratio of nothing', { queryType: 'edges', fields: ['retransmit_ratio'], ...nothing }, range],
  ])('%s: no data is no frame', async (_, query, of) => {
    expect(await backend.alert(query, of)).toMatchObject({ frames: [], error: '', status: 200 })
  })

  test('an untyped null would: the reader of these tests knows it', () => {
    const column = (type: 'number' | 'time', values: unknown[]) => ({
      name: type,
      type,
      values,
      nullable: false,
      labels: undefined,
      config: undefined,
    })
    const untyped = { name: '', refId: 'A', meta: null, rows: 1, fields: [column('number', [null])] }
    const series = {
      name: '',
      refId: 'A',
      meta: { type: 'timeseries-multi', typeVersion: [0, 1] },
      rows: 0,
      fields: [column('time', []), column('number', [])],
    }
    expect([...evaluate([untyped]).values()]).toEqual([Number.NaN])
    expect([...evaluate([series]).values()]).toEqual([Number.NaN])
  })

  test('an error has text, and leaves the other queries their frames', async () => {
    const query = { queryType: 'edges', fields: ['failures'] }
    const asked = [
      { refId: 'A', query, ...range },
      { refId: 'B', query: { ...query, filter: '{nonsense="1"}' }, ...range },
    ]
    const { A, B } = await backend.queries(asked, { FromAlert: 'true' })
    expect(A).toMatchObject({ status: 200, error: '' })
    expect(B).toMatchObject({ status: 400, errorSource: 'downstream', frames: [] })
    expect(B?.error).toMatch(/^Filter: there is no label "nonsense"; allowed are client_service.*\.$/)
  })

  test.each(['flows', 'dns', 'changes'])('%s cannot be alerted on', async (queryType) => {
    const { status, error } = await backend.alert({ queryType }, range)
    expect(status).toBe(400)
    expect(error).toMatch(/is a list of what happened, and an alert rule takes numbers: choose series/)
  })
})

test('kill -9 between two evaluations: the next one is right', async () => {
  const query = { queryType: 'edges', fields: ['failures'] }
  const first = await Backend.start(headwater.source, grafanaEnv)
  const before = evaluate((await first.alert(query, range)).frames)
  first.child.kill('SIGKILL')
  await expect(first.alert(query, range)).rejects.toThrow()
  const second = await Backend.start(headwater.source, grafanaEnv)
  expect(evaluate((await second.alert(query, range)).frames)).toEqual(before)
  await second.stop()
})
