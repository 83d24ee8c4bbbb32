import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createLocalConsumer, createLocalProducer } from '@headwater/bus'
import {
  type BusMessage,
  type BusProducer,
  decodeFlowBatch,
  type EndpointInput,
  encodeFlowBatch,
  type Logger,
  type NodeReportInput,
  topics,
} from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseCidrs } from '../src/cidrs/index.js'
import { createIngest, type Ingest, type IngestOptions } from '../src/index.js'
import { KEEP_EVERY_MS } from '../src/losses/batch-losses.js'
import { buildFlowBatch, type FlowSpec, SyntheticFleet } from '../src/testing/index.js'
import {
  AwayLetters,
  expectTruth,
  one,
  publishUntilTaken,
  refusingOlder,
  silentLogger,
  stored,
  until,
} from './support.js'

let server: TestStore
let folder: string
let producer: BusProducer
let ingest: Ingest
const warnings: string[] = []
const logger: Logger = { ...silentLogger, warn: (message) => warnings.push(message), child: () => logger }

function newIngest(options: Partial<IngestOptions> = {}): Ingest {
  const consumer = createLocalConsumer({ socketPath: join(folder, 'bus.sock'), logger })
  return createIngest({ consumer, store: server.ingest, replica: 'r1', logger, patienceMs: 1000, ...options })
}

beforeAll(async () => {
  server = await startTestStore()
})
afterAll(() => server?.stop())

beforeEach(async () => {
  warnings.length = 0
  folder = await mkdtemp(join(tmpdir(), 'headwater-ingest-'))
  for (const table of [
    'flows',
    'edges_1m',
    'edges_1h',
    'zones_1h',
    'batches',
    'nodes',
    'listeners',
    'endpoints',
    'dead_letters',
    'losses',
  ])
    await server.admin.command(`TRUNCATE TABLE headwater.${table}`)
  producer = createLocalProducer({ socketPath: join(folder, 'bus.sock'), logger })
  await producer.start()
  ingest = newIngest()
  await ingest.start()
})
afterEach(async () => {
  await producer.stop()
  await ingest.stop()
  await rm(folder, { recursive: true, force: true })
})

function signal(name: NodeJS.Signals): void {
  const pid = server.store.server?.pid
  if (pid === undefined) throw new Error('the store does not run')
  process.kill(pid, name)
}

let instance = 0
const flow = (over: Partial<FlowSpec> = {}): FlowSpec => ({
  time: Date.now() - 1000,
  local: '10.0.0.1',
  local_port: 40_000,
  remote: '8.8.8.8',
  remote_port: 443,
  process: 'curl',
  tx_bytes: 10,
  ...over,
})
function batch(flows: FlowSpec[], sequence = 1, name = `i${++instance}`): BusMessage {
  const value = encodeFlowBatch(buildFlowBatch({ instance: name, sequence, node: 'n1' }, flows))
  return { topic: topics.flows, key: name, value }
}
const json = (topic: BusMessage['topic'], value: unknown): BusMessage => ({
  topic,
  key: 'k',
  value: new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)),
})

describe('ingest on the local bus, into the real store', () => {
  it('stores what the agents of a fleet saw, exactly, and knows both ends', async () => {
    const fleet = new SyntheticFleet({ seed: 11, batches: 4 })
    await publishUntilTaken(producer, fleet.messages)
    await expectTruth(server.query, fleet)
    const known = await one(
      server.query,
      `SELECT countIf(remote_service = '' OR remote_node = '') AS unknown, countIf(side = 'client' AND remote_process = '') AS nameless,
        uniqExact(local_service, remote_service) AS edges, sum(counted) AS counted FROM flows`,
    )
    expect(known).toEqual({ unknown: 0, nameless: 0, edges: expect.any(Number), counted: fleet.truth.connects })
    expect(await one(server.query, 'SELECT count() AS n FROM endpoints FINAL')).toEqual({ n: 24 })
    const text = await ingest.metrics()
    expect(text).toContain(`headwater_ingest_rows_out_total{table="flows",replica="r1"} ${fleet.truth.rows}`)
    expect(text).toContain(`headwater_bus_messages_total{replica="r1"} ${fleet.messages.length}`)
    expect(await ingest.status()).toMatchObject({
      running: true,
      ok: true,
      rows_out: fleet.truth.rows,
      rows_dropped: 0,
    })
  })

  it('stores a batch once, however often it comes, also to a new process', async () => {
    const fleet = new SyntheticFleet({ seed: 12, batches: 2 })
    await publishUntilTaken(producer, fleet.messages)
    await publishUntilTaken(producer, fleet.messages)
    expect((await ingest.status()).rows_dropped).toBe(fleet.truth.rows)
    await ingest.stop()
    ingest = newIngest()
    await ingest.start()
    await publishUntilTaken(producer, fleet.messages)
    await expectTruth(server.query, fleet)
  })

  it('keeps what batches tell of losses, where it changed, without any report', async () => {
    const telling = (
      sequence: number,
      dropped: Record<string, number>,
      losses?: Record<string, number>,
    ): BusMessage => {
      const { meta, ...rest } = buildFlowBatch({ instance: 'lossy', sequence, node: 'n1' }, [flow()])
      const value = encodeFlowBatch({ ...rest, meta: { ...meta, dropped, ...(losses && { losses }) } })
      return { topic: topics.flows, key: 'lossy', value }
    }
    const losses = { slots_taken: 2, 'recursion_misses.kfree_skb': 1 }
    const rows = async () =>
      (await server.query.query('SELECT topic, sequence, node, dropped, losses FROM losses ORDER BY sequence')).columns
    const first = { topic: ['flows'], sequence: [2], node: ['n1'], dropped: [{ 'ring-full': 3 }], losses: [losses] }
    await publishUntilTaken(producer, [telling(1, {})])
    expect(await rows()).toEqual({})
    for (let sequence = 2; sequence < 5; sequence++)
      await publishUntilTaken(producer, [telling(sequence, { 'ring-full': 3 }, losses)])
    expect(await rows()).toEqual(first)
    // Within seconds of a row there is no other, also of what changes all the time; the next one has it.
    await publishUntilTaken(producer, [telling(5, { 'ring-full': 3 }, { ...losses, slots_taken: 3 })])
    expect(await rows()).toEqual(first)
    await wait(KEEP_EVERY_MS)
    await publishUntilTaken(producer, [telling(6, { 'ring-full': 4 }, { ...losses, slots_taken: 4 })])
    expect((await rows()).losses).toEqual([losses, { ...losses, slots_taken: 4 }])
    expect((await rows()).dropped).toEqual([{ 'ring-full': 3 }, { 'ring-full': 4 }])
    expect(await one(server.query, 'SELECT count() AS n FROM nodes')).toEqual({ n: 0 })
  })

  it('joins after a restart with what the store remembers', async () => {
    const fleet = new SyntheticFleet({ seed: 13, batches: 2, nodes: 2 })
    await publishUntilTaken(
      producer,
      fleet.messages.filter((m) => m.topic === topics.endpoints),
    )
    await ingest.stop()
    ingest = newIngest()
    await ingest.start()
    await publishUntilTaken(
      producer,
      fleet.messages.filter((m) => m.topic === topics.flows),
    )
    const sql = "SELECT count() AS n FROM flows WHERE side = 'client' AND (remote_process = '' OR remote_node = '')"
    expect(await one(server.query, sql)).toEqual({ n: 0 })
    await expectTruth(server.query, fleet)
  })

  it('loses and doubles nothing when the store is killed in the middle', async () => {
    const fleet = new SyntheticFleet({ seed: 14, batches: 10, connections: 20 })
    const sent = publishUntilTaken(producer, fleet.messages)
    for (const part of [0.2, 0.6]) {
      await until('a part stored', () =>
        stored(server.query).then(
          (n) => n > part * fleet.truth.rows,
          () => false,
        ),
      )
      signal('SIGKILL')
    }
    await sent
    await until('the store answers', () =>
      server.query.ping().then(
        () => true,
        () => false,
      ),
    )
    await expectTruth(server.query, fleet)
    expect(await ingest.status()).toMatchObject({ ok: true, message: '', dead_letters: 0 })
  })

  it('puts a broken message aside with its reason, and stores the next', async () => {
    const good = batch([flow()])
    const cut = { ...good, value: good.value.slice(0, good.value.length / 2), headers: { 'headwater-instance': 'x' } }
    const noise = { ...good, value: new Uint8Array(3000).map((_, i) => (i * 31) & 255) }
    const empty = { ...good, value: new Uint8Array(0) }
    await publishUntilTaken(producer, [
      cut,
      noise,
      empty,
      json(topics.nodes, '{'),
      json(topics.endpoints, { kind: 'x' }),
      good,
    ])
    expect(await stored(server.query)).toBe(1)
    const { columns } = await server.query.query<Record<string, string[]>>(
      'SELECT toString(topic) AS topic, toString(reason) AS reason, value, headers, value_bytes FROM dead_letters ORDER BY offset',
    )
    expect(columns.topic).toEqual([topics.flows, topics.flows, topics.flows, topics.nodes, topics.endpoints])
    expect(columns.reason?.slice(3)).toEqual(['not-json', 'bad-field'])
    for (const reason of columns.reason?.slice(0, 3) ?? []) expect(['not-arrow', 'not-one-batch']).toContain(reason)
    expect(Buffer.from(columns.value?.[0] ?? '', 'base64')).toEqual(Buffer.from(cut.value))
    expect(columns.headers?.[0]).toEqual({ 'headwater-instance': 'x' })
    expect(await ingest.status()).toMatchObject({ ok: true, dead_letters: 5 })
    expect(await ingest.metrics()).toContain(
      'headwater_ingest_messages_dropped_total{topic="headwater.nodes.v1",reason="not-json"',
    )
  })

  it('stores what it knows of a newer agent, and counts the columns that it does not', async () => {
    const known = batch([flow()])
    // Of the same length: no place in the message moves.
    const renamed = Buffer.from(known.value).toString('latin1').replace('syn_retransmits', 'new_retransmits')
    await publishUntilTaken(producer, [{ ...known, value: Buffer.from(renamed, 'latin1') }])
    const sql = 'SELECT sum(tx_bytes) AS bytes, sum(syn_retransmits) AS syns FROM flows'
    expect(await one(server.query, sql)).toEqual({ bytes: 10, syns: 0 })
    const text = await ingest.metrics()
    expect(text).toContain('headwater_ingest_columns_unknown_total{column="new_retransmits",replica="r1"} 1\n')
  })

  it('splits rows of the future and of the past out of a batch', async () => {
    const now = Date.now()
    const times = [now, now + 20 * 60_000, now - 4 * 24 * 3600_000, now - 24 * 3600_000, now - 2 * 24 * 3600_000]
    await publishUntilTaken(producer, [batch(times.map((time, i) => flow({ time, tx_bytes: 10 ** i })))])
    expect(await one(server.query, 'SELECT count() AS n, sum(tx_bytes) AS bytes FROM flows')).toEqual({
      n: 3,
      bytes: 11_001,
    })
    const { columns } = await server.query.query(
      'SELECT toString(reason) AS reason, detail FROM dead_letters ORDER BY reason',
    )
    expect(columns.reason).toEqual(['from-the-future', 'too-old'])
    expect(columns.detail?.[0]).toContain('1 of 5 rows')
    const text = await ingest.metrics()
    expect(text).toContain('headwater_ingest_rows_dropped_total{table="flows",reason="too-old",replica="r1"} 1')
    expect(await one(server.query, 'SELECT sum(rows) AS n FROM edges_1m')).toEqual({ n: 3 })
  })

  it('puts aside only what the store refuses of a batch, and counts each row once', async () => {
    const now = Date.now()
    const yesterday = now - 86_400_000
    const [mixed, refused] = [
      batch([now, yesterday, now + 20 * 60_000].map((time) => flow({ time }))),
      batch([flow({ time: yesterday })]),
    ]
    await refusingOlder(server.admin, 'flows', now - 3_600_000, () => publishUntilTaken(producer, [mixed, refused]))
    expect(await stored(server.query)).toBe(1)
    const { columns } = await server.query.query<Record<string, string[]>>(
      'SELECT toString(reason) AS reason, value, headers FROM dead_letters ORDER BY offset, reason',
    )
    const rows = columns.value?.map((value) => decodeFlowBatch(Buffer.from(value, 'base64')).columns.time)
    const times = (rows ?? []).map((time) => Array.from(time as BigInt64Array, Number))
    expect(columns.reason).toEqual(['from-the-future', 'refused-by-store', 'refused-by-store'])
    expect(times).toEqual([[now + 20 * 60_000], [yesterday], [yesterday]])
    expect(columns.headers).toEqual([{ 'headwater-part': '1' }, { 'headwater-part': '1' }, {}])
    const text = await ingest.metrics()
    expect(text).toContain('rows_dropped_total{table="flows",reason="refused-by-store",replica="r1"} 2\n')
    expect(text).toContain('rows_in_total{table="flows",replica="r1"} 4\n')
    // The rows that are in make the sequence taken.
    await publishUntilTaken(producer, [mixed])
    expect(await stored(server.query)).toBe(1)
  })

  it('has a row in the store or in a letter, also where it comes due while letters are not taken', async () => {
    await ingest.stop()
    const letters = new AwayLetters(Date.now() + 3000)
    ingest = newIngest({ deadLetters: letters })
    await ingest.start()
    const times = [Date.now() - 1000, letters.until - 1000 + 600_000]
    await publishUntilTaken(producer, [batch(times.map((time) => flow({ time })))])
    expect((await stored(server.query)) + letters.rows).toBe(2)
  })

  const reportAt = (time: number): NodeReportInput => ({
    instance: 'i9',
    cluster: 'c',
    node: 'n9',
    realm: 'c',
    zone: 'z',
    region: '',
    time,
    started: time - 1000,
    stopping: false,
    interval_ms: 5000,
    version: '0.1.0',
    kernel: '6.18',
    arch: 'x64',
    profile: 'standard',
    produced: { rows: 7, batches: 2 },
    dropped: { 'queue-full': 3 },
    kernel_records: { close: 5 },
    cost: { cpu_user_us: 1, cpu_system_us: 2, rss_bytes: 3 },
    capabilities: [{ name: 'btf', ok: true, required: true, reason: '', lost: '', fix: '' }],
    listeners: [
      {
        cookie: '7',
        netns: 1,
        address: '127.0.0.1',
        port: 80,
        pid: 4,
        process: 'nginx',
        backlog: 1,
        backlog_max: 128,
        handshakes: 0,
        drops: 2,
        overflows: 1,
      },
    ],
  })

  it('stores heartbeats and listeners', async () => {
    const time = Date.now() - 500
    const report = reportAt(time)
    await publishUntilTaken(producer, [
      json(topics.nodes, report),
      json(topics.nodes, { ...report, time: time + 1, listeners: [] }),
    ])
    const nodes =
      'SELECT count() AS n, toUnixTimestamp64Milli(max(time)) AS last, max(produced_rows) AS rows FROM nodes'
    expect(await one(server.query, nodes)).toEqual({ n: 2, last: time + 1, rows: 7 })
    const listeners = 'SELECT toString(process) AS process, toString(address) AS address, drops FROM listeners'
    expect(await one(server.query, listeners)).toEqual({ process: 'nginx', address: '::ffff:127.0.0.1', drops: 2 })
  })

  it('puts endpoints of the future aside, and says whose clock is wrong', async () => {
    const now = Date.now()
    const endpoint = { kind: 'node-address', realm: 'c', cluster: 'c', instance: 'i9', netns: 1, port: 0 }
    const ahead = { ...endpoint, node: 'early', address: '10.0.0.1', valid_from: now + 11 * 60_000 }
    await publishUntilTaken(producer, [
      json(topics.endpoints, ahead),
      json(topics.endpoints, { ...ahead, valid_from: now + 9 * 60_000 }),
    ])
    expect(await one(server.query, 'SELECT count() AS n FROM endpoints')).toEqual({ n: 1 })
    const { columns } = await server.query.query(
      'SELECT toString(reason) AS reason, detail FROM dead_letters ORDER BY offset',
    )
    expect(columns.reason).toEqual(['from-the-future'])
    expect(columns.detail).toEqual([expect.stringContaining('valid_from of node early is 11 minutes ahead')])
    for (const detail of columns.detail ?? []) expect(detail).toContain('set the clock of one of them')
  })

  it('keeps heartbeats of clocks that are off, with how far; those over 10 minutes ahead by its own clock', async () => {
    const now = Date.now()
    const [ahead, far, behind] = [now + 9 * 60_000, now + 20 * 60_000, now - 10 * 60_000]
    const messages = [
      json(topics.nodes, { ...reportAt(ahead), instance: 'ahead', node: 'ahead' }),
      json(topics.nodes, { ...reportAt(far), instance: 'far', node: 'far' }),
      json(topics.nodes, { ...reportAt(behind), instance: 'behind', node: 'behind' }),
    ]
    await publishUntilTaken(producer, messages)
    await publishUntilTaken(producer, messages)
    const { columns } = await server.query.query<Record<string, number[]>>(
      `SELECT toUnixTimestamp64Milli(time) AS time, toUnixTimestamp64Milli(received) AS received,
         toUnixTimestamp64Milli(started) AS started, clock_offset_ms AS off FROM nodes ORDER BY instance = 'far', time DESC`,
    )
    const [time = [], received = [], started = [], off = []] = ['time', 'received', 'started', 'off'].map(
      (name) => columns[name],
    )
    expect(time).toEqual([ahead, behind, received[2]])
    for (const [i, told] of [ahead, behind, far].entries()) expect(off[i]).toBe((received[i] ?? 0) - told)
    for (const ms of received) expect(Math.abs(ms - now)).toBeLessThan(30_000)
    expect(started).toEqual([ahead - 1000, behind - 1000, (received[2] ?? 0) - 1000])
    expect(await one(server.query, 'SELECT count() AS n FROM dead_letters')).toEqual({ n: 0 })
    expect(warnings).toEqual([expect.stringMatching(/clock of a node is 20 minutes ahead.*set the clock.*NTP/)])
    expect(await ingest.metrics()).toContain('headwater_ingest_clock_far_off_reports_total{replica="r1"} 2')
  })

  it('does not let a node watch over its clients whose rows are all ahead, not after a restart either', async () => {
    const now = Date.now()
    const address = {
      kind: 'node-address',
      realm: 'test',
      cluster: 'test',
      node: 'n9',
      instance: 'far',
      netns: 1,
      port: 0,
    }
    await publishUntilTaken(producer, [
      json(topics.nodes, { ...reportAt(now + 20 * 60_000), instance: 'far', started: now + 15 * 60_000 }),
      json(topics.endpoints, { ...address, address: '10.0.0.1', valid_from: now - 60_000 }),
    ])
    const served = { local: '10.0.0.2', local_port: 80, remote: '10.0.0.1', side: 'server' } as const
    const row = (remote_port: number) => batch([flow({ ...served, remote_port, time: Date.now() + 40_000 })])
    await publishUntilTaken(producer, [row(40_000)])
    await ingest.stop()
    ingest = newIngest()
    await ingest.start()
    await publishUntilTaken(producer, [row(40_001)])
    expect(await one(server.query, 'SELECT groupArray(counted) AS counted FROM flows')).toEqual({ counted: [1, 1] })
  })

  it('does not take an agent for live for what its clock says of the future', async () => {
    const now = Date.now()
    const client = { local: '10.0.0.1', remote: '10.0.0.2', remote_port: 80 }
    const served = {
      local: '10.0.0.2',
      local_port: 80,
      remote: '10.0.0.1',
      remote_port: 40_000,
      side: 'server',
    } as const
    const first = [flow({ ...client, time: now - 60_000 }), flow({ ...client, time: now + 20 * 60_000 })]
    await publishUntilTaken(producer, [
      batch(first),
      batch([flow({ ...served, time: now - 40_000 }), flow({ ...served, time: now })]),
    ])
    const sql =
      "SELECT groupArray(counted) AS counted FROM (SELECT counted FROM flows WHERE side = 'server' ORDER BY time)"
    expect(await one(server.query, sql)).toEqual({ counted: [0, 1] })
  })

  it('tells of two nodes of one name, once, and the store shows both', async () => {
    const now = Date.now()
    const first = { ...reportAt(now - 8000), started: now - 60_000, listeners: [] }
    const other = { ...first, instance: 'i10', started: now - 30_000 }
    const all = [first, other, { ...first, time: now - 3000 }, { ...other, time: now - 3000 }]
    await publishUntilTaken(
      producer,
      all.map((report) => json(topics.nodes, report)),
    )
    expect(warnings).toEqual([expect.stringContaining('two agents say that they are the same node')])
    expect(await ingest.metrics()).toContain('headwater_ingest_node_twins_total{replica="r1"} 1')
    const twins = `SELECT cluster, node, count() AS instances FROM (
      SELECT cluster, node, instance, min(started) AS since, maxIf(time, stopping = 0) AS last FROM nodes
      WHERE time > now64(3) - 35 GROUP BY cluster, node, instance HAVING max(stopping) = 0
    ) GROUP BY cluster, node HAVING instances > 1 AND max(since) < min(last)`
    expect(await one(server.query, twins)).toEqual({ cluster: 'c', node: 'n9', instances: 2 })
  })

  it('takes no agent for two that was started again with its clock set right', async () => {
    const now = Date.now()
    const wrong = { ...reportAt(now + 5 * 60_000), started: now + 4 * 60_000, listeners: [] }
    const right = { ...wrong, instance: 'i10', started: now + 1, time: now + 20 }
    await publishUntilTaken(producer, [json(topics.nodes, wrong)])
    await wait(50)
    await publishUntilTaken(producer, [json(topics.nodes, { ...right, started: Date.now() - 1, time: Date.now() })])
    expect(warnings).toEqual([])
  })

  it('goes on after a restart with what the store knows of places, names and leases', async () => {
    await ingest.stop()
    const cidrs = parseCidrs('nat_gateways: [{ name: nat-1, addresses: [100.64.0.1/32] }]', 'cidrs.yaml')
    ingest = newIngest({ cidrs })
    await ingest.start()
    const time = Date.now() - 1000
    const base = { realm: 'test', cluster: 'test', node: 'n2', instance: 'i2', netns: 1, zone: 'b', region: 'x' }
    const listener = { ...base, kind: 'listener', address: '::', port: 80, process: 'nginx', service: 'shop' }
    await publishUntilTaken(producer, [
      json(topics.endpoints, { ...base, kind: 'node-address', address: '10.0.0.2', port: 0, valid_from: time - 9000 }),
      json(topics.endpoints, { ...listener, namespace: 'prod', container_name: 'shop-1', valid_from: time - 9000 }),
      json(topics.nodes, { ...reportAt(time), instance: 'i2', node: 'n2' }),
    ])
    await ingest.stop()
    ingest = newIngest({ cidrs })
    await ingest.start()
    const served = { local: '10.0.0.9', local_port: 80, remote_port: 40_000, side: 'server', time } as const
    await publishUntilTaken(producer, [
      batch([flow({ time, remote: '10.0.0.2', remote_port: 80 })]),
      batch([flow({ ...served, remote: '10.0.0.2' }), flow({ ...served, remote: '100.64.0.1' })]),
    ])
    const { columns } = await server.query.query(
      `SELECT side, counted, remote_service, remote_namespace, remote_container, remote_node, remote_zone, remote_region, nat_gateway
       FROM flows ORDER BY side, remote_ip`,
    )
    expect(columns).toEqual({
      side: ['client', 'server', 'server'],
      counted: [1, 0, 0],
      remote_service: ['shop', '10.0.0.2', 'nat-1'],
      remote_namespace: ['prod', '', ''],
      remote_container: ['shop-1', '', ''],
      remote_node: ['n2', 'n2', ''],
      remote_zone: ['b', 'b', ''],
      remote_region: ['x', 'x', ''],
      nat_gateway: ['', '', 'nat-1'],
    })
  })

  it('replaces an endpoint by what is said of it later', async () => {
    const endpoint: EndpointInput = {
      kind: 'listener',
      realm: 'r',
      cluster: 'c',
      node: 'n',
      instance: 'i',
      netns: 1,
      transport: 'tcp',
      address: '::',
      port: 80,
      pid: 1,
      process: 'nginx',
      container_id: '',
      zone: '',
      region: '',
      valid_from: Date.now() - 5000,
      valid_to: null,
    }
    await publishUntilTaken(producer, [json(topics.endpoints, endpoint)])
    await wait(5)
    const ended = { ...endpoint, valid_to: Date.now() }
    await publishUntilTaken(producer, [json(topics.endpoints, ended)])
    const sql =
      'SELECT count() AS n, toUnixTimestamp64Milli(assumeNotNull(any(valid_to))) AS ended FROM endpoints FINAL'
    expect(await one(server.query, sql)).toEqual({ n: 1, ended: ended.valid_to })
  })

  it('says that the store is away, and comes back', async () => {
    await publishUntilTaken(producer, [batch([flow()])])
    signal('SIGSTOP')
    const sent = publishUntilTaken(producer, [batch([flow()])])
    await wait(300)
    signal('SIGKILL')
    await until('it is told', async () => !(await ingest.status()).ok)
    await sent
    expect(await ingest.status()).toMatchObject({ ok: true, message: '' })
    expect(await stored(server.query)).toBe(2)
  })

  it('starts without the store, and takes messages once it is there', async () => {
    await ingest.stop()
    signal('SIGSTOP')
    ingest = newIngest()
    await ingest.start()
    const sent = publishUntilTaken(producer, [batch([flow()])])
    await wait(300)
    signal('SIGKILL')
    await until('it is told', async () => (await ingest.status()).message.startsWith('the store is not there yet'))
    await sent
    expect(await ingest.status()).toMatchObject({ ok: true, message: '' })
    expect(await stored(server.query)).toBe(1)
  })

  it('stops in time though the store is away, and loses nothing', async () => {
    await publishUntilTaken(producer, [batch([flow()])])
    signal('SIGSTOP')
    const sent = publishUntilTaken(producer, [batch([flow()])])
    await wait(100)
    signal('SIGKILL')
    await ingest.stop()
    ingest = newIngest()
    await ingest.start()
    await sent
    expect(await stored(server.query)).toBe(2)
  })
})
