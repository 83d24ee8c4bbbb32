import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { cart, web } from '../../../services/query/test/scenario.ts'
import { huge, range, to } from './data.ts'
import { type Impostor, impostor, json } from './faults.ts'
import { rowsOf } from './frames.ts'
import { alertHeaders, Backend } from './grafana.ts'
import { Headwater } from './headwater.ts'

const EDGES = 2_100
const FLOWS = 20_000
/** Apart from the other rows, so that the edges stay what they are. */
const bulk = { from: to - 90 * 60_000, to: to - 80 * 60_000 }

let headwater: Headwater
let backend: Backend
let stand: Impostor | undefined

beforeAll(async () => {
  headwater = await Headwater.start()
  const many = Array.from({ length: EDGES }, (_, i) => ({
    ...web,
    service: `s${i}`,
    address: `10.1.${i >> 8}.${i & 255}`,
  }))
  await headwater.connections(
    many.map((client, i) => ({
      client,
      server: { ...cart, observed: false },
      port: 8080,
      start: range.from + i * 10,
      end: range.from + i * 10 + 5,
      sent: 1,
    })),
  )
  const names = {
    container_name: huge,
    container_image: huge,
    local_service: huge,
    process: huge,
    remote_service: huge,
    unit: huge,
    nat_gateway: huge,
    node: huge,
  }
  const row = { ...names, remote_process: huge, failure_reason: huge, cluster: huge, remote_node: huge }
  for (let batch = 0; batch < FLOWS; batch += 5_000)
    await headwater.rows(
      Array.from({ length: 5_000 }, (_, i) => ({
        ...row,
        time: bulk.from + batch + i,
        start: bulk.from,
        instance: 'bulk',
        sequence: batch,
        cookie: batch + i + 1,
        side: 'client',
        counted: 1,
        transport: 'tcp',
      })),
    )
  backend = await Backend.start(headwater.source)
}, 240_000)
afterAll(async () => {
  await backend?.stop()
  await headwater?.stop()
})
const stopStand = async () => {
  await stand?.stop()
  stand = undefined
}
afterEach(stopStand)

test('more than 2,000 alert series are refused with the limit', async () => {
  for (const query of [
    { queryType: 'edges', fields: ['connects'] },
    { queryType: 'series', split: 'edge', fields: ['connects'] },
  ]) {
    const { status, error, frames } = await backend.alert(query, range)
    expect({ status, frames }).toEqual({ status: 413, frames: [] })
    expect(error).toBe(
      'This query makes 2,100 series, and an alert rule may have 2,000: narrow its filter, or group it more coarsely.',
    )
  }
  const narrow = { queryType: 'edges', fields: ['connects'], filter: '{client_service=~"s1.*"}', limit: 1 }
  const { frames, error } = await backend.alert(narrow, range)
  expect(error).toBe('')
  // What a limit cuts off would never fire: alerts look at all that match.
  expect(frames[0]?.rows).toBe(1_111)
  expect((await backend.query({ queryType: 'edges', limit: 5_000 }, range)).frames[0]?.rows).toBe(EDGES)
})

test('a result of 50 MB', async () => {
  const { frames, error, bytes } = await backend.query({ queryType: 'flows', limit: FLOWS }, bulk)
  expect(error).toBe('')
  expect(frames[0]?.rows).toBe(FLOWS)
  expect(bytes).toBeGreaterThan(50e6)
  expect(new Set(rowsOf(frames[0]).map((r) => r.process))).toEqual(new Set([huge]))
}, 120_000)

test('an answer that is too large is refused before it fills the memory', async () => {
  stand = await impostor((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const part = Buffer.alloc(1 << 20, ' ')
    const more = () => {
      while (!response.destroyed && response.write(part));
    }
    response.on('drain', more)
    more()
  })
  const { status, error } = await backend.with({ url: stand.url, token: 'x' }).query({ queryType: 'edges' }, range)
  await stopStand()
  expect(status).toBe(413)
  expect(error).toMatch(/^The answer is larger than 64 MB: take a shorter time range/)
})

test('who goes away ends the request to the API; so does the deadline', async () => {
  stand = await impostor(() => {})
  const other = backend.with({ url: stand.url, token: 'x' })
  const gone = new AbortController()
  const asked = other
    .queries([{ query: { queryType: 'edges' } }], {}, { signal: gone.signal })
    .catch((error) => error.code)
  const { requests, left } = stand
  await vi.waitFor(() => expect([requests.length, left()]).toEqual([1, 0]))
  gone.abort()
  expect(await asked).toBe(1)
  await vi.waitFor(() => expect(left()).toBe(1))
  const late = await other
    .queries([{ query: { queryType: 'edges' } }], alertHeaders, { ms: 700 })
    .catch((error) => error.code)
  expect([4, 504]).toContain(typeof late === 'number' ? late : late.A?.status)
  await vi.waitFor(() => expect(left()).toBe(2))
  await stopStand()
})

test('at most 8 requests at once; the others wait, and leave the line when they are cancelled', async () => {
  const open: (() => void)[] = []
  let most = 0
  let running = 0
  stand = await impostor((_, response) => {
    most = Math.max(most, ++running)
    open.push(() => {
      running--
      json(response, { range, completeness: {}, edges: [], total: 0 })
    })
  })
  const other = backend.with({ url: stand.url, token: 'x' })
  const ask = (signal?: AbortSignal) =>
    other.queries([{ query: { queryType: 'edges' }, ...range }], {}, signal ? { signal } : {})
  const first = Array.from({ length: 12 }, () => ask())
  await vi.waitFor(() => expect(running).toBe(8))
  await sleep(500)
  const gone = new AbortController()
  const cancelled = Array.from({ length: 5 }, () => ask(gone.signal).catch((error) => error.code))
  await sleep(500)
  gone.abort()
  expect(await Promise.all(cancelled)).toEqual([1, 1, 1, 1, 1])
  // Who cancels does not wait for the backend to hear of it.
  await sleep(500)
  let seen = 0
  while (seen < 12) {
    for (const answer of open.splice(0)) {
      seen++
      answer()
    }
    await sleep(50)
  }
  expect((await Promise.all(first)).map((r) => r.A?.status)).toEqual(new Array(12).fill(200))
  expect([most, stand.requests.length]).toEqual([8, 12])
  await stopStand()
})

test('busy for a moment is waited out', async () => {
  let asked = 0
  const problem = {
    type: 'x',
    title: 'Too many requests',
    status: 429,
    code: 'too-many-queries',
    detail: '16 queries are under way, which is the most at once; try again',
  }
  stand = await impostor((_, response) =>
    asked++ === 0 ? json(response, problem, 429) : json(response, { range, completeness: {}, edges: [], total: 0 }),
  )
  expect(await backend.with({ url: stand.url, token: 'x' }).query({ queryType: 'edges' }, range)).toMatchObject({
    status: 200,
    error: '',
  })
  expect(asked).toBe(2)
  await stopStand()
})

test('resident memory stays below 110 MB; how long a start takes is the bench’s', async () => {
  const fresh = await Backend.start(headwater.source)
  for (let i = 0; i < 20; i++) await fresh.query({ queryType: 'map' }, { from: range.from, to: range.from + 1_000 })
  const rss = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${fresh.pid}/status`, 'utf8'))?.[1]) / 1024
  expect(rss).toBeLessThan(110)
  await fresh.stop()
})
