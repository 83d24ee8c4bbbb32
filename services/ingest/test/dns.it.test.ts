import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalConsumer, createLocalProducer } from '@headwater/bus'
import { type BusProducer, decodeDnsBatch, encodeDnsBatch, topics } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createIngest, type Ingest } from '../src/index.js'
import { buildDnsBatch, type QuestionSpec } from '../src/testing/index.js'
import { one, publishUntilTaken, refusingOlder, silentLogger } from './support.js'

let server: TestStore
let folder: string
let producer: BusProducer
let ingest: Ingest

beforeAll(async () => {
  server = await startTestStore()
  folder = await mkdtemp(join(tmpdir(), 'headwater-ingest-dns-'))
  const socketPath = join(folder, 'bus.sock')
  producer = createLocalProducer({ socketPath, logger: silentLogger })
  await producer.start()
  await startIngest()
})
async function startIngest(): Promise<void> {
  const consumer = createLocalConsumer({ socketPath: join(folder, 'bus.sock'), logger: silentLogger })
  ingest = createIngest({ consumer, store: server.ingest, replica: 'r1', logger: silentLogger })
  await ingest.start()
}
afterAll(async () => {
  await producer?.stop()
  await ingest?.stop()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const question = (over: Partial<QuestionSpec> = {}): QuestionSpec => ({
  time: Date.now() - 1000,
  transport: 'udp',
  local_ip: '10.0.0.1',
  local_port: 40_000,
  server_ip: '10.0.0.53',
  server_port: 53,
  query_name: 'a.test',
  query_type: 'A',
  rcode: 'NOERROR',
  answers: ['192.0.2.7', '2001:db8::7'],
  duration_us: 1500,
  count: 1,
  process: 'cart',
  local_service: 'cart',
  ...over,
})

const message = (sequence: number, questions: QuestionSpec[]) => {
  const spec = { cluster: 'dns', realm: 'dns', node: 'n1', zone: 'z1', region: 'r1', instance: 'dns-1', sequence }
  return { topic: topics.dns, key: 'dns-1', value: encodeDnsBatch(buildDnsBatch(spec, questions)) }
}

it('stores questions, a batch that comes again once, and lists of addresses whole', async () => {
  const batch = message(1, [
    question(),
    question({ query_name: 'b.test', rcode: 'NXDOMAIN', answers: [] }),
    question({ query_name: 'c.test', rcode: '', answers: [], timed_out: 1, duration_us: 5_000_000 }),
  ])
  await publishUntilTaken(producer, [batch])
  await publishUntilTaken(producer, [batch])
  const row = await one(
    server.query,
    `SELECT count() AS n, groupArray(toString(query_name)) AS names, any(cluster) AS cluster, any(node) AS node,
       any(local_zone) AS zone, any(sequence) AS sequence FROM (SELECT * FROM dns ORDER BY query_name)`,
  )
  expect(row).toMatchObject({ n: 3, names: ['a.test', 'b.test', 'c.test'], cluster: 'dns', node: 'n1', zone: 'z1' })
  const answers = await one(
    server.query,
    "SELECT arrayMap(a -> toString(a), answers) AS answers, toString(server_ip) AS server FROM dns WHERE query_name = 'a.test'",
  )
  expect(answers).toEqual({ answers: ['::ffff:192.0.2.7', '2001:db8::7'], server: '::ffff:10.0.0.53' })
})

it('puts aside what is too old, and messages that are none; the rest goes in', async () => {
  await publishUntilTaken(producer, [
    message(2, [
      question({ query_name: 'old.test', time: Date.now() - 30 * 86_400_000 }),
      question({ query_name: 'new.test' }),
    ]),
    { topic: topics.dns, key: 'dns-1', value: Buffer.from('no Arrow') },
  ])
  const stored = await one(
    server.query,
    "SELECT groupArray(toString(query_name)) AS names FROM dns WHERE query_name IN ('old.test', 'new.test')",
  )
  expect(stored.names).toEqual(['new.test'])
  const dead = await one(
    server.query,
    "SELECT arraySort(groupArray(toString(reason))) AS reasons FROM dead_letters WHERE topic = 'headwater.dns.v1'",
  )
  expect(dead.reasons).toEqual(['not-arrow', 'too-old'])
})

it('counts questions by what was answered, and the time that answers took', async () => {
  const text = await ingest.metrics()
  expect(text).toMatch(/headwater_dns_queries_total\{rcode="NOERROR",replica="r1"\} 2/)
  expect(text).toMatch(/headwater_dns_queries_total\{rcode="NXDOMAIN",replica="r1"\} 1/)
  expect(text).toMatch(/headwater_dns_queries_total\{rcode="timeout",replica="r1"\} 1/)
  expect(text).toMatch(/headwater_dns_seconds_count\{replica="r1"\} 3/)
})

it('stores a batch once that comes again after the store has forgotten it, to a new process', async () => {
  const rows = (name: string) =>
    one(server.query, `SELECT count() AS n FROM dns WHERE startsWith(toString(query_name), '${name}')`)
  const text = (sequence: number) => [question({ query_name: `again-${sequence}.test` })]
  for (const table of ['dns', 'dns_batches'])
    await server.admin.command(`ALTER TABLE headwater.${table} MODIFY SETTING non_replicated_deduplication_window = 2`)
  for (let sequence = 10; sequence < 16; sequence++)
    await publishUntilTaken(producer, [message(sequence, text(sequence))])
  await ingest.stop()
  await startIngest()
  await publishUntilTaken(producer, [message(10, text(10)), message(15, text(15)), message(16, text(16))])
  expect(await rows('again-')).toEqual({ n: 7 })
  expect(await one(server.query, 'SELECT sum(rows) AS n FROM dns_batches WHERE sequence BETWEEN 10 AND 16')).toEqual({
    n: 7,
  })
  expect(await ingest.metrics()).toContain(
    'headwater_ingest_rows_dropped_total{table="dns",reason="duplicate",replica="r1"} 2',
  )
  for (const table of ['dns', 'dns_batches'])
    await server.admin.command(`ALTER TABLE headwater.${table} RESET SETTING non_replicated_deduplication_window`)
})

it('puts aside only what the store refuses of a batch', async () => {
  const now = Date.now()
  const times = [now, now - 86_400_000]
  const batch = message(
    20,
    times.map((time) => question({ query_name: 'half.test', time })),
  )
  await refusingOlder(server.admin, 'dns', now - 3_600_000, () => publishUntilTaken(producer, [batch]))
  const sql = "SELECT count() AS n FROM dns WHERE query_name = 'half.test'"
  expect(await one(server.query, sql)).toEqual({ n: 1 })
  const { columns } = await server.query.query<Record<string, string[]>>(
    "SELECT value, headers FROM dead_letters WHERE reason = 'refused-by-store'",
  )
  const letters = (columns.value ?? []).map((value) => decodeDnsBatch(Buffer.from(value, 'base64')).columns.time)
  expect(letters.map((time) => Array.from(time, Number))).toEqual([[now - 86_400_000]])
  expect(columns.headers).toEqual([{ 'headwater-part': '1' }])
  // The row that is in makes the sequence taken.
  await publishUntilTaken(producer, [batch])
  expect(await one(server.query, sql)).toEqual({ n: 1 })
})
