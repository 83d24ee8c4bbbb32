import {
  type AccountsAnswer,
  accountsSchema,
  FIRST_REPLAYED_SEQUENCE,
  type LagAnswer,
  lagSchema,
  type NodeReportInput,
  type Problem,
} from '@headwater/contracts'
import { busLagRow, type LeftOut, leftOutRow, lossesRow, nodeRow } from '@headwater/store'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { QueryServer } from '../src/index.js'
import { get, testServer } from './server.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const now = Date.now()
const begin = Math.floor(now / MINUTE) * MINUTE - 10 * MINUTE
const end = begin + 10 * MINUTE

let store: TestStore
let server: QueryServer

beforeAll(async () => {
  store = await startTestStore()
  server = testServer(store.query)
  await server.start()
})
afterAll(async () => {
  await server?.stop()
  await store?.stop()
})
afterEach(async () => {
  for (const table of ['nodes', 'batches', 'dns_batches', 'losses', 'left_out', 'bus_lag'])
    await store.admin.command(`TRUNCATE TABLE headwater.${table}`)
})

const report = (node: string, minute: number, rows: number, batches: number, more: Partial<NodeReportInput> = {}) =>
  nodeRow({
    ...{ instance: `${node}-1`, cluster: 'c', node, realm: 'c', version: '0.1.0', kernel: '6.18', arch: 'x64' },
    ...{ time: begin + minute * MINUTE + 50_000, started: begin - HOUR, interval_ms: 5000 },
    ...{ produced: { rows, batches }, cost: { cpu_user_us: 0, cpu_system_us: 0, rss_bytes: 0 }, capabilities: [] },
    ...more,
  })
const heard = (...rows: object[]) => store.ingest.insertRows('nodes', rows)
const date = (minute: number) => new Date(begin + minute * MINUTE).toISOString()
/** Batches of ten rows. */
const stored = (node: string, minute: number, sequences: number[], table = 'batches') =>
  store.ingest.insertRows(
    table,
    sequences.map((sequence) => ({
      ...{ instance: `${node}-1`, sequence, cluster: 'c', node, rows: 10, token: `${sequence}` },
      ...{ min_time: date(minute), max_time: date(minute) },
    })),
  )
const left = (...rows: (Partial<Omit<LeftOut, 'time'>> & { minute: number })[]) =>
  store.ingest.insertRows(
    'left_out',
    rows.map(({ minute, ...over }) =>
      leftOutRow({
        ...{ time: begin + minute * MINUTE, instance: 'n1-1', cluster: 'c', node: 'n1', topic: 'flows', sequence: 1 },
        ...{ kind: 'dead', reason: 'too-old', batches: 1, rows: 10 },
        ...over,
      }),
    ),
  )

async function accounts(parameters: Record<string, string | number> = {}): Promise<AccountsAnswer> {
  const { status, body } = await get<AccountsAnswer>(server, '/api/v1/accounts', {
    ...{ from: begin, to: end },
    ...parameters,
  })
  expect(status, JSON.stringify(body)).toBe(200)
  return accountsSchema.parse(body)
}
const some = (rows: number, batches: number) => ({ rows, batches })
const minutes = ({ instances }: AccountsAnswer, node: string, of: 'produced' | 'stored' | 'duplicate' | 'replayed') =>
  instances
    .find((i) => i.node === node)
    ?.steps.map(({ time, flows }) => [(time - begin) / MINUTE, flows[of].rows] as const)
    .filter(([, rows]) => rows > 0)

test('nothing is no instance', async () => {
  expect(await accounts()).toMatchObject({
    step_ms: MINUTE,
    completeness: { delivered: null },
    flows: { produced: some(0, 0), delivered: null },
    instances: [],
  })
})

test('batches stand where their agent first told of them, however late their rows or its reports are', async () => {
  await heard(
    report('n1', -3, 20, 2),
    report('n1', 0, 40, 4),
    // Idle.
    report('n1', 1, 40, 4),
    report('n1', 4, 70, 7),
    report('n1', 5, 70, 7),
  )
  await stored('n1', -4, [1, 2])
  await stored('n1', -1, [3])
  await stored('n1', 0, [4])
  await stored('n1', 2, [5, 6, 7])
  const answer = await accounts()
  expect(minutes(answer, 'n1', 'stored')).toEqual([
    [0, 20],
    [4, 30],
  ])
  expect(minutes(answer, 'n1', 'produced')).toEqual([
    [0, 20],
    [4, 30],
  ])
  expect(answer.flows).toMatchObject({ produced: some(50, 5), stored: some(50, 5), delivered: 1, unaccounted: 0 })
})

test('a batch in two partitions is one', async () => {
  await heard(report('n1', 0, 20, 1))
  await stored('n1', 0, [1])
  await stored('n1', -1, [1])
  expect((await accounts()).flows).toMatchObject({ produced: some(20, 1), stored: some(20, 1), unaccounted: 0 })
})

test('what came after the last report stands at its own time, and goes to the next once it is there', async () => {
  await heard(report('n1', 0, 10, 1))
  await stored('n1', 0, [1])
  await stored('n1', 3, [2])
  await left({ minute: 4, sequence: 3, rows: 7 })
  const before = await accounts()
  expect(minutes(before, 'n1', 'produced')).toEqual([
    [0, 10],
    [3, 10],
    [4, 7],
  ])
  expect(before.flows).toMatchObject({ produced: some(27, 3), stored: some(20, 2), delivered: 20 / 27, unaccounted: 0 })
  await heard(report('n1', 5, 27, 3))
  const after = await accounts()
  expect(minutes(after, 'n1', 'produced')).toEqual([
    [0, 10],
    [5, 17],
  ])
  expect(after.flows).toEqual(before.flows)
  // A range that ends before that report has nothing of them.
  expect((await accounts({ to: begin + 5 * MINUTE })).flows.produced).toEqual(some(10, 1))
})

test('an agent that was silent for hours finds its batches again', async () => {
  await heard(report('n1', -600, 10, 1), report('n1', 2, 30, 3), report('n2', -1, 0, 0), report('n2', 2, 0, 0))
  await stored('n1', -601, [1])
  await stored('n1', -300, [2, 3])
  expect((await accounts()).flows).toMatchObject({ produced: some(20, 2), stored: some(20, 2) })
})

test('a dead batch is dead once for a reason, and copies each time', async () => {
  await heard(report('n1', 0, 40, 4))
  await stored('n1', 0, [1])
  await left(
    { minute: 0, sequence: 2 },
    { minute: 3, sequence: 2, rows: 8, batches: 0 },
    { minute: 0, sequence: 3, reason: 'from-the-future', rows: 4, batches: 0 },
    { minute: 0, kind: 'duplicate', reason: '' },
    { minute: 5, kind: 'duplicate', reason: '' },
    // Replayed, and put aside again.
    { minute: 6, sequence: FIRST_REPLAYED_SEQUENCE + 5 },
  )
  const { flows } = await accounts()
  expect(flows).toMatchObject({
    produced: some(40, 4),
    stored: some(10, 1),
    dead: { 'too-old': some(10, 1), 'from-the-future': some(4, 0) },
    duplicate: some(20, 2),
    unaccounted: 16,
  })
})

test('what is replayed stands where its rows do, and makes delivered whole', async () => {
  await heard(report('n1', 0, 20, 2))
  await stored('n1', 0, [1])
  await left({ minute: 0, sequence: 2 })
  expect((await accounts()).flows.delivered).toBe(0.5)
  await stored('n1', 6, [FIRST_REPLAYED_SEQUENCE + 9])
  const answer = await accounts()
  expect(minutes(answer, 'n1', 'replayed')).toEqual([[6, 10]])
  expect(answer.flows).toMatchObject({ stored: some(10, 1), replayed: some(10, 1), delivered: 1, unaccounted: 0 })
})

test('what was dropped comes with reports and batches, and DNS has accounts of its own', async () => {
  const dns = (rows: number, batches: number, dropped = {}) => ({ dns: { produced: { rows, batches }, dropped } })
  const who = { instance: 'n1-1', cluster: 'c', node: 'n1', realm: 'c', zone: '', region: '', agent_version: '' }
  await heard(
    report('n1', -1, 10, 1, { dropped: { 'outbox-full': 5 }, ...dns(10, 1) }),
    report('n1', 1, 10, 1, { dropped: { 'outbox-full': 8 }, ...dns(40, 4, { 'pending-full': 2 }) }),
  )
  const told = {
    ...who,
    schema_version: 1,
    sequence: 2,
    produced: { rows: 1, batches: 1 },
    dropped: { 'outbox-full': 9 },
  }
  await store.ingest.insertRows('losses', [lossesRow('flows', told, begin + 3 * MINUTE)])
  await stored('n1', 0, [2, 3], 'dns_batches')
  await left(
    { minute: 1, topic: 'dns', sequence: 4 },
    { minute: 1, topic: 'dns', kind: 'duplicate', reason: '', sequence: 3 },
  )
  const { flows, dns: questions, instances } = await accounts()
  expect(flows).toMatchObject({ produced: some(0, 0), dropped: { 'outbox-full': 4 }, delivered: null })
  expect(instances[0]?.steps.map(({ time, flows }) => [(time - begin) / MINUTE, flows.dropped])).toEqual([
    [1, { 'outbox-full': 3 }],
    [3, { 'outbox-full': 1 }],
  ])
  expect(questions).toMatchObject({
    produced: some(30, 3),
    stored: some(20, 2),
    dropped: { 'pending-full': 2 },
    dead: { 'too-old': some(10, 1) },
    duplicate: some(10, 1),
    unaccounted: 0,
  })
})

test('messages that nobody could read are those of a known instance, or of nobody', async () => {
  await heard(report('n1', 0, 10, 1))
  const unread = { minute: 2, cluster: '', node: '', sequence: 0, reason: 'not-arrow', rows: 0 }
  await left(
    unread,
    { ...unread, minute: 3 },
    { ...unread, instance: 'never heard of' },
    { ...unread, instance: '' },
    { ...unread, sequence: 1, rows: 10 },
  )
  const { instances } = await accounts()
  expect(instances.map(({ node, instance, flows }) => [node, instance, flows.dead['not-arrow']])).toEqual([
    ['', '', some(0, 2)],
    ['n1', 'n1-1', some(10, 3)],
  ])
  const ours = await accounts({ filter: '{cluster="c",node="n1"}' })
  expect(ours.instances.map(({ instance, flows }) => [instance, flows.dead['not-arrow']])).toEqual([
    ['n1-1', some(10, 3)],
  ])
})

test('filters and steps', async () => {
  await heard(report('n1', 0, 10, 1), report('n2', 1, 20, 2), report('db-1', 2, 30, 3, { cluster: 'd' }))
  await stored('n1', 0, [1])
  const nodes = async (filter: string) => (await accounts({ filter })).instances.map(({ node }) => node)
  expect(await nodes('{node=~"n.*"}')).toEqual(['n1', 'n2'])
  expect(await nodes('{cluster!="c"}')).toEqual(['db-1'])
  expect(await nodes('{instance="n2-1",node!~"n1"}')).toEqual(['n2'])
  const whole = await accounts({ step: '1h' })
  expect(whole.step_ms).toBe(HOUR)
  expect(whole.flows).toMatchObject({ produced: some(60, 6), stored: some(10, 1) })
  const parts = await Promise.all(
    [0, 1, 2].map((m) => accounts({ from: begin + m * MINUTE, to: begin + (m + 1) * MINUTE, step: '10s' })),
  )
  expect(parts.map(({ flows }) => flows.produced.rows)).toEqual([10, 20, 30])
})

test('the last seconds are left out: their batches may be under way', async () => {
  await heard(report('n1', 0, 10, 1), report('n1', 0, 500, 50, { time: Date.now() - 1000 }))
  await stored('n1', 0, [1])
  expect((await accounts({ to: Date.now() })).flows).toMatchObject({ produced: some(10, 1), delivered: 1 })
})

test('what is wrong with a question is said', async () => {
  const problem = async (parameters: Record<string, string>) => {
    const { status, body } = await get<Problem>(server, '/api/v1/accounts', parameters)
    return [status, body.parameter, body.detail]
  }
  const labels = expect.stringContaining('allowed are cluster, node, instance')
  expect(await problem({ filter: '{service="a"}' })).toEqual([400, 'filter', labels])
  expect(await problem({ filter: '{node=~"("}' })).toEqual([400, 'filter', expect.stringContaining('RE2')])
  expect(await problem({ step: '1x' })).toEqual([400, 'step', expect.any(String)])
  expect(await problem({ step: '1s', from: 'now-1d' })).toEqual([400, 'step', expect.stringContaining('11000 points')])
  expect(await problem({ self: '1' })).toEqual([400, 'self', expect.any(String)])
  await store.admin.command(
    `INSERT INTO headwater.nodes (time, instance, cluster, node) SELECT fromUnixTimestamp64Milli(toInt64({begin:Int64} + 60000 * (number % 10))),
       toString(number), 'c', toString(number) FROM numbers(100001)`,
    { begin },
  )
  const from = String(begin)
  expect(await problem({ from })).toEqual([400, 'step', expect.stringContaining('narrower filter')])
  expect((await accounts({ filter: '{node=~"1.."}' })).instances).toHaveLength(100)
})

test('lag is what each partition was told to have last', async () => {
  const lag = (minute: number, topic: string, partition: number, replica: string, messages: number, seconds: number) =>
    busLagRow({ time: begin + minute * MINUTE, replica, topic, partition, messages, seconds })
  await store.ingest.insertRows('bus_lag', [
    lag(-1, 'gone', 0, 'a', 99, 99),
    lag(1, 'flows', 0, 'a', 50, 40),
    lag(2, 'flows', 0, 'b', 3, 1.5),
    lag(1, 'flows', 1, 'a', 4, 2.5),
    lag(2, 'dns', 0, 'a', 0, 0),
  ])
  const { status, body } = await get<LagAnswer>(server, '/api/v1/lag', { from: begin, to: end })
  expect(status).toBe(200)
  expect(lagSchema.parse(body).topics).toEqual([
    {
      topic: 'dns',
      messages: 0,
      seconds: 0,
      partitions: [{ partition: 0, replica: 'a', told: begin + 2 * MINUTE, messages: 0, seconds: 0 }],
    },
    {
      topic: 'flows',
      ...{ messages: 7, seconds: 2.5 },
      partitions: [
        { partition: 0, replica: 'b', told: begin + 2 * MINUTE, messages: 3, seconds: 1.5 },
        { partition: 1, replica: 'a', told: begin + MINUTE, messages: 4, seconds: 2.5 },
      ],
    },
  ])
})
