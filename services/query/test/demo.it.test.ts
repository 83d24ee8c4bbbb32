import { type DemoAnswer, demoSchema, problemSchema } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Demo, QueryServer } from '../src/index.js'
import { get, TOKEN, testServer } from './server.js'

/** Two faults that are switched in memory: what is tested here is the door. */
class TwoFaults implements Demo {
  readonly on = new Set<string>()
  state(): DemoAnswer {
    const faults = ['refused', 'lossy'].map((id) => ({
      ...{ id, title: id, detail: '', client: 'a', server: 'b' },
      ...{ on: this.on.has(id), since: null },
    }))
    return { faults, traffic: { running: true, requests_per_second: 5 } }
  }
  async setFault(id: string, on: boolean): Promise<DemoAnswer> {
    if (on) this.on.add(id)
    else this.on.delete(id)
    return this.state()
  }
}

let store: TestStore
let server: QueryServer
let without: QueryServer
const demo = new TwoFaults()

beforeAll(async () => {
  store = await startTestStore()
  server = testServer(store.query, { demo })
  without = testServer(store.query)
  await Promise.all([server.start(), without.start()])
})
afterAll(async () => {
  await Promise.all([server?.stop(), without?.stop()])
  await store?.stop()
})

async function post(to: QueryServer, body: string, headers: Record<string, string> = {}, query = '') {
  const all = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers }
  const response = await fetch(`${to.url}/api/v1/demo/faults${query}`, { method: 'POST', headers: all, body })
  return { status: response.status, body: await response.json() }
}
const json = (value: unknown) => JSON.stringify(value)

describe('the demo', () => {
  test('is told of', async () => {
    const { status, body } = await get<DemoAnswer>(server, '/api/v1/demo')
    expect(status).toBe(200)
    expect(demoSchema.parse(body)).toEqual(demo.state())
  })

  test('has its faults switched', async () => {
    const on = await post(server, json({ id: 'lossy', on: true }))
    expect(on.status).toBe(200)
    expect(demoSchema.parse(on.body).faults.map((f) => f.on)).toEqual([false, true])
    await post(server, json({ id: 'lossy', on: false }))
    expect(demo.on.size).toBe(0)
  })

  test('is 404 where there is none', async () => {
    for (const answer of [await get(without, '/api/v1/demo'), await post(without, json({ id: 'lossy', on: true }))]) {
      expect(answer.status).toBe(404)
      expect(problemSchema.parse(answer.body)).toMatchObject({ code: 'no-demo' })
    }
  })

  test.each([
    ['an unknown fault', { id: 'earthquake', on: true }, 'id', /"earthquake".*refused, lossy/],
    ['no state', { id: 'lossy' }, 'on', /missing/],
    ['a state in words', { id: 'lossy', on: 'yes' }, 'on', /boolean/],
    ['a long id', { id: 'x'.repeat(65), on: true }, 'id', /64/],
    ['more than asked for', { id: 'lossy', on: true, force: 1 }, 'force', /force/],
  ])('names the parameter: %s', async (_, body, parameter, detail) => {
    const answer = await post(server, json(body))
    expect(answer.status).toBe(400)
    expect(problemSchema.parse(answer.body)).toMatchObject({ parameter, detail: expect.stringMatching(detail) })
    expect(demo.on.size).toBe(0)
  })

  test.each([
    ['not JSON', '{', {}, 400],
    ['not an object', '[]', {}, 400],
    ['nothing', '', {}, 400],
    ['another type', 'id=lossy', { 'content-type': 'application/x-www-form-urlencoded' }, 400],
    ['too much', json({ id: 'lossy', on: true, pad: 'x'.repeat(2_000) }), {}, 413],
    ['without the token', json({ id: 'lossy', on: true }), { authorization: '' }, 401],
  ])('refuses %s', async (_, body, headers, status) => {
    const answer = await post(server, body, headers)
    expect(answer.status, json(answer.body)).toBe(status)
    problemSchema.parse(answer.body)
    expect(demo.on.size).toBe(0)
  })

  test('takes no parameters in the query, and bodies nowhere else', async () => {
    expect((await post(server, json({ id: 'lossy', on: true }), {}, '?id=lossy')).status).toBe(400)
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
    const elsewhere = await fetch(`${server.url}/api/v1/demo`, { method: 'POST', headers, body: '{}' })
    expect(elsewhere.status).toBe(405)
    const put = await fetch(`${server.url}/api/v1/demo/faults`, { method: 'PUT', headers, body: '{}' })
    expect(put.status).toBe(405)
  })
})
