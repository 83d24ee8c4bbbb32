import { afterAll, beforeAll, expect, test } from 'vitest'
import { connections, from, to } from './data.ts'
import { Backend } from './grafana.ts'
import { Headwater } from './headwater.ts'

let headwater: Headwater
let backend: Backend

beforeAll(async () => {
  headwater = await Headwater.start()
  await headwater.connections(connections.slice(0, 50))
  backend = await Backend.start(headwater.source)
})
afterAll(async () => {
  await backend?.stop()
  await headwater?.stop()
})

test('values for pickers, with the token that the browser has not', async () => {
  const { code, headers, body } = await backend.resource('values', 'GET', `?label=client_service&from=${from}&to=${to}`)
  expect(code).toBe(200)
  expect(headers).toEqual({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  expect(JSON.parse(body).values).toContain('curl')
  expect((await backend.resource('/status')).code).toBe(200)
})

// Not by test.each: the runner does not end on a percent sign in a value of a title.
for (const [path, method, status] of [
  ['demo/faults', 'GET', 404],
  ['../../metrics', 'GET', 404],
  ['values/../demo', 'GET', 404],
  ['%2e%2e/metrics', 'GET', 404],
  ['http://169.254.169.254/', 'GET', 404],
  ['', 'GET', 404],
  ['values', 'POST', 405],
  ['values', 'DELETE', 405],
] as const)
  test(`${path} by ${method} is refused with ${status}`, async () => {
    const { code, headers, body } = await backend.resource(path, method)
    expect(code).toBe(status)
    expect(headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(JSON.parse(body)).toMatchObject({
      status,
      detail: expect.stringMatching(/there are values|is not possible here/),
    })
  })

test("errors of the API are problems; the token's is no 401, which would end the session in Grafana", async () => {
  const bad = await backend.resource('values', 'GET', '?label=love')
  expect(bad.code).toBe(400)
  expect(JSON.parse(bad.body)).toMatchObject({
    code: 'bad-parameter',
    parameter: 'label',
    detail: expect.stringMatching(/^Label: allowed are/),
  })
  const wrong = await backend.with({ url: headwater.server.url, token: 'wrong' }).resource('status')
  expect(wrong.code).toBe(403)
  expect(JSON.parse(wrong.body)).toMatchObject({ code: 'token-wrong' })
})

test('metrics of the backend itself', async () => {
  await backend.query({ queryType: 'completeness' })
  await backend.query({ queryType: 'nope' })
  const text = await backend.metrics()
  expect(text).toMatch(/^headwater_grafana_queries_total\{status="200"\} 1$/m)
  expect(text).toMatch(/^headwater_grafana_queries_total\{status="400"\} 1$/m)
  expect(text).toMatch(/^headwater_grafana_query_seconds_count 2$/m)
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m)
})
