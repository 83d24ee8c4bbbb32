import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalConsumer, createLocalProducer } from '@headwater/bus'
import { publishUntilTaken } from '@headwater/bus/testing'
import { type DnsAnswer, dnsSchema, encodeDnsBatch, type Problem, topics } from '@headwater/contracts'
import { createIngest } from '@headwater/ingest'
import { buildDnsBatch, type QuestionSpec } from '@headwater/ingest/testing'
import { memoryLogger, startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { QueryServer } from '../src/index.js'
import { get, testServer } from './server.js'

const now = Date.now()
const logger = memoryLogger()
let store: TestStore
let server: QueryServer

const question = (name: string, over: Partial<QuestionSpec> = {}): QuestionSpec => ({
  time: now - 30_000,
  transport: 'udp',
  local_ip: '10.0.0.1',
  local_port: 40_000,
  server_ip: '10.0.0.53',
  server_port: 53,
  query_name: name,
  query_type: 'A',
  rcode: 'NOERROR',
  duration_us: 1000,
  count: 1,
  process: 'cart',
  local_service: 'cart',
  ...over,
})
const times = (n: number, make: (i: number) => QuestionSpec): QuestionSpec[] =>
  Array.from({ length: n }, (_, i) => make(i))
const lost = { rcode: '', timed_out: 1, duration_us: 5_000_000 }

const questions = [
  ...times(100, (i) => question('a.test', { duration_us: (i + 1) * 1000, answers: ['192.0.2.7', '2001:db8::7'] })),
  ...times(7, () => question('nowhere.test', { rcode: 'NXDOMAIN' })),
  ...times(5, () => question('lost.test', lost)),
  ...times(3, () => question('broken.test', { rcode: 'SERVFAIL', local_service: 'web', process: 'nginx' })),
  question('cut.test', { truncated: 1, server_ip: '2001:db8::53' }),
  question('own.test', { self: 1 }),
  question('yesterday.test', { time: now - 86_400_000 }),
]

beforeAll(async () => {
  store = await startTestStore()
  const folder = await mkdtemp(join(tmpdir(), 'headwater-query-dns-'))
  const socketPath = join(folder, 'bus.sock')
  const producer = createLocalProducer({ socketPath, logger })
  const ingest = createIngest({
    consumer: createLocalConsumer({ socketPath, logger }),
    store: store.ingest,
    replica: 'r',
    logger,
  })
  await producer.start()
  await ingest.start()
  const batch = buildDnsBatch({ instance: 'i', sequence: 1, node: 'n1' }, questions)
  await publishUntilTaken(producer, [{ topic: topics.dns, key: 'i', value: encodeDnsBatch(batch) }])
  await producer.stop()
  await ingest.stop()
  await rm(folder, { recursive: true, force: true })
  server = testServer(store.query)
  await server.start()
})
afterAll(async () => {
  await server?.stop()
  await store?.stop()
})

async function ask(parameters: Record<string, string | number> = {}): Promise<DnsAnswer> {
  const { status, body } = await get<DnsAnswer>(server, '/api/v1/dns', parameters)
  expect(status, JSON.stringify(body)).toBe(200)
  return dnsSchema.parse(body)
}

test('questions by name, type and rcode, most first, with their times', async () => {
  const { groups } = await ask()
  expect(groups.map(({ name, rcode, questions }) => [name, rcode, questions])).toEqual([
    ['a.test', 'NOERROR', 100],
    ['nowhere.test', 'NXDOMAIN', 7],
    ['lost.test', '', 5],
    ['broken.test', 'SERVFAIL', 3],
    ['cut.test', 'NOERROR', 1],
  ])
  const [first, , unanswered] = groups
  expect(first).toMatchObject({ type: 'A', service: null, server: null, timeouts: 0, failures: 0, clients: 1 })
  expect(first).toMatchObject({ answers: ['192.0.2.7', '2001:db8::7'], max_us: 100_000, last: now - 30_000 })
  expect(first?.p50_us).toBeGreaterThan(45_000)
  expect(first?.p95_us).toBeGreaterThan(90_000)
  expect(unanswered).toMatchObject({ timeouts: 5, failures: 5, p50_us: null, p95_us: null, max_us: null })
})

test('by who asks and who is asked', async () => {
  const { groups } = await ask({ by: 'service,server' })
  expect(groups.map(({ service, server, questions, failures }) => [service, server, questions, failures])).toEqual([
    ['cart', '10.0.0.53:53', 112, 5],
    ['web', '10.0.0.53:53', 3, 3],
    ['cart', '2001:db8::53:53', 1, 0],
  ])
  expect(groups[2]).toMatchObject({ truncated: 1, name: null })
})

test.each([
  ['{client_service="web"}', ['broken.test']],
  ['{process="nginx"}', ['broken.test']],
  ['{server_address="2001:db8::53"}', ['cut.test']],
  ['{client_service=~"c.*",server_port="53",server_address="10.0.0.53"}', ['a.test', 'nowhere.test', 'lost.test']],
  ['{transport="tcp"}', []],
])('filter %s', async (filter, names) => {
  expect((await ask({ filter })).groups.map(({ name }) => name)).toEqual(names)
})

test('own questions are hidden unless asked for; limit and range hold', async () => {
  expect((await ask({ self: 1 })).groups.map(({ name }) => name)).toContain('own.test')
  expect((await ask({ limit: 2 })).groups).toHaveLength(2)
  expect((await ask({ from: 'now-2d' })).groups.map(({ name }) => name)).toContain('yesterday.test')
})

test('a grouping that is none is told, with those that are', async () => {
  const { status, body } = await get<Problem>(server, '/api/v1/dns', { by: 'name,colour' })
  expect(status).toBe(400)
  expect(body.parameter).toBe('by')
  expect(body.detail).toContain('rcode')
})
