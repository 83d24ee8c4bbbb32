import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createLocalConsumer, createLocalProducer } from '@headwater/bus'
import { publishUntilTaken } from '@headwater/bus/testing'
import {
  type BusMessage,
  type BusProducer,
  type EndpointInput,
  encodeFlowBatch,
  type NodeAnswer,
  type NodeReport,
  nodesSchema,
  topics,
} from '@headwater/contracts'
import { createIngest, type Ingest } from '@headwater/ingest'
import { createQueryServer, type QueryServer } from '@headwater/query'
import { memoryLogger, startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildFlowBatch } from '../../ingest/src/testing/index.js'

// What the fleet page is told of nodes: reports of agents through the bus, ingest, the store and the API.

const MINUTE = 60_000
const INTERVAL = 5_000
const logger = memoryLogger()

let store: TestStore
let query: QueryServer
let folder: string
let producer: BusProducer
let ingest: Ingest

beforeAll(async () => {
  store = await startTestStore()
  query = createQueryServer({
    host: '127.0.0.1',
    port: 0,
    token: 'token',
    allowedHosts: [],
    store: store.query,
    status: () => Promise.reject(new Error('is not asked for')),
    version: '0.1.0',
    logger,
  })
  await query.start()
})
afterAll(async () => {
  await query?.stop()
  await store?.stop()
})
beforeEach(async () => {
  for (const table of ['flows', 'nodes', 'batches', 'listeners', 'endpoints', 'dead_letters'])
    await store.admin.command(`TRUNCATE TABLE headwater.${table}`)
  folder = await mkdtemp(join(tmpdir(), 'headwater-nodes-'))
  const socketPath = join(folder, 'bus.sock')
  ingest = createIngest({
    consumer: createLocalConsumer({ socketPath, logger }),
    store: store.ingest,
    replica: 'r1',
    logger,
  })
  producer = createLocalProducer({ socketPath, logger })
  await Promise.all([ingest.start(), producer.start()])
})
afterEach(async () => {
  await producer.stop()
  await ingest.stop()
  await rm(folder, { recursive: true, force: true })
})

const publish = (...messages: BusMessage[]): Promise<void> => publishUntilTaken(producer, messages)

const json = (topic: BusMessage['topic'], key: string, value: unknown): BusMessage => ({
  topic,
  key,
  value: new TextEncoder().encode(JSON.stringify(value)),
})

interface Agent {
  node: string
  instance: string
  /** How far its clock is ahead, ms. */
  ahead?: number
  /** ms ago. */
  started?: number
}

const report = ({ node, instance, ahead = 0, started = 10 * MINUTE }: Agent, more: Partial<NodeReport> = {}) =>
  json(topics.nodes, instance, {
    instance,
    cluster: 'shop',
    node,
    realm: 'shop',
    zone: 'z',
    region: 'r',
    started: Date.now() - started + ahead,
    stopping: false,
    interval_ms: INTERVAL,
    version: '0.1.0',
    kernel: `6.18-${instance}`,
    arch: 'x64',
    produced: { rows: 3, batches: 1 },
    cost: { cpu_user_us: 1, cpu_system_us: 2, rss_bytes: 3 },
    capabilities: [],
    listeners: [
      { netns: 1, address: '::', port: 80, pid: 4, process: 'nginx', backlog: 0, backlog_max: 128, drops: 0 },
    ],
    ...more,
    time: (more.time ?? Date.now()) + ahead,
  })

const address = (agent: Agent, address: string) =>
  json(topics.endpoints, agent.instance, {
    kind: 'node-address',
    realm: 'shop',
    cluster: 'shop',
    node: agent.node,
    instance: agent.instance,
    netns: 1,
    address,
    port: 0,
    valid_from: Date.now() - MINUTE,
  } satisfies EndpointInput)

const flows = (agent: Agent): BusMessage => ({
  topic: topics.flows,
  key: agent.instance,
  value: encodeFlowBatch(
    buildFlowBatch(
      { instance: agent.instance, sequence: 1, node: agent.node },
      [1, 2, 3].map((n) => ({
        time: Date.now() + (agent.ahead ?? 0),
        local: '10.0.0.1',
        local_port: 40_000 + n,
        remote: '10.0.0.2',
        remote_port: 80,
      })),
    ),
  ),
})

async function nodes(from = 'now-15m', to = 'now'): Promise<NodeAnswer[]> {
  const response = await fetch(`${query.url}/api/v1/nodes?from=${from}&to=${to}`, {
    headers: { authorization: 'Bearer token' },
  })
  const body = await response.json()
  expect(response.status, JSON.stringify(body)).toBe(200)
  return nodesSchema.parse(body).nodes
}

async function only(): Promise<NodeAnswer> {
  const all = await nodes()
  expect(all.length).toBe(1)
  return all[0] as NodeAnswer
}

describe('two nodes of one name', () => {
  const first = { node: 'n1', instance: 'first', started: 10 * MINUTE }
  const second = { node: 'n1', instance: 'second', started: 5 * MINUTE }

  it('are told of with where they are and what to do; the others are left in peace', async () => {
    await publish(address(first, '10.0.0.1'), address(second, '10.0.0.2'), address(second, '127.0.0.1'))
    for (const agent of [first, second, { node: 'n2', instance: 'other' }]) await publish(report(agent))
    const [n1, n2] = await nodes()
    expect(n1?.twins.map((t) => [t.instance, t.kernel, t.addresses])).toEqual([
      ['second', '6.18-second', ['10.0.0.2']],
      ['first', '6.18-first', ['10.0.0.1']],
    ])
    expect(n1).toMatchObject({ instance: 'second', state: 'live' })
    expect(n1?.notices).toEqual([
      {
        code: 'same-name',
        problem: expect.stringMatching(/^2 agents.*shop\/n1: second \(10\.0\.0\.2, .*\) and first \(10\.0\.0\.1, /),
        fix: expect.stringMatching(/another name.*`node`.*HEADWATER_NODE/),
      },
    ])
    expect(n2).toMatchObject({ node: 'n2', twins: [], notices: [] })
  })

  it('are found where the clock of one is off, by as much as ingest bears and more', async () => {
    for (const ahead of [-10 * MINUTE, 9 * MINUTE, 30 * MINUTE, -48 * 60 * MINUTE]) {
      await store.admin.command('TRUNCATE TABLE headwater.nodes')
      await publish(report(first), report({ ...second, ahead }))
      const node = await only()
      expect(node.twins.map((t) => t.instance)).toEqual(['second', 'first'])
      expect(node.notices.map((n) => n.code)).toEqual(['same-name', 'clock'])
    }
  })

  it('are none where an agent was started again: killed or stopped, with its clock set or not', async () => {
    for (const [before, after] of [
      [0, 0],
      [5 * MINUTE, 0],
      [-5 * MINUTE, 0],
      [0, -5 * MINUTE],
      [0, 5 * MINUTE],
      [20 * MINUTE, 0],
    ] as const) {
      await store.admin.command('TRUNCATE TABLE headwater.nodes')
      await publish(report({ ...first, ahead: before }))
      await wait(100)
      await publish(report({ ...second, ahead: after, started: 20 }))
      expect(await only(), `${before} ${after}`).toMatchObject({ instance: 'second', twins: [] })
    }
    await publish(report(first), report(first, { stopping: true }))
    expect((await only()).notices.filter((n) => n.code === 'same-name')).toEqual([])
  })

  it('are told of no more once one of them has fallen silent', async () => {
    await publish(report(second), report(first, { time: Date.now() - INTERVAL - 31_000 }))
    expect(await only()).toMatchObject({ instance: 'second' })
    await store.admin.command(
      `ALTER TABLE headwater.nodes UPDATE received = time, clock_offset_ms = 0 WHERE instance = 'first' SETTINGS mutations_sync = 2`,
    )
    expect(await only()).toMatchObject({ instance: 'second', twins: [], notices: [] })
  })
})

describe('the clock of a node', () => {
  const agent = (ahead: number): Agent => ({ node: 'n1', instance: 'i1', ahead })
  const off = async (ahead: number): Promise<NodeAnswer> => {
    await publish(report(agent(ahead)), flows(agent(ahead)), report(agent(ahead)))
    return only()
  }

  it('is measured, and nothing is said of one that is right', async () => {
    const node = await off(0)
    expect(node.clock_offset_ms).toBeGreaterThanOrEqual(0)
    expect(node.clock_offset_ms).toBeLessThan(1000)
    expect(node).toMatchObject({ state: 'live', notices: [], rows_stored: 3 })
  })

  it('is taken from the fastest of the last reports', async () => {
    for (const late of [30_000, 20_000, 10_000]) await publish(report(agent(0), { time: Date.now() - late }))
    expect((await only()).notices.map((n) => n.code)).toEqual(['clock'])
    expect((await off(0)).notices).toEqual([])
  })

  it('is told of where it is ahead, though the time of its report is still to come', async () => {
    const node = await off(9 * MINUTE)
    expect(node.clock_offset_ms).toBeGreaterThan(-9 * MINUTE - 1)
    expect(node.clock_offset_ms).toBeLessThan(-9 * MINUTE + 1000)
    expect(node).toMatchObject({ state: 'live', rows_stored: 3, listeners: [{ port: 80 }] })
    expect(Math.abs(node.last_heard - Date.now())).toBeLessThan(5000)
    expect(Math.abs(node.started - (Date.now() - 10 * MINUTE))).toBeLessThan(5000)
    expect(node.notices).toEqual([
      {
        code: 'clock',
        problem: expect.stringMatching(/shop\/n1 is (9 min|8 min 59 s) ahead.*too late/),
        fix: expect.stringContaining('NTP'),
      },
    ])
  })

  it('is told of where it is over 10 minutes ahead: the node is seen, and that its rows are put aside', async () => {
    const node = await off(11 * MINUTE)
    expect(node.clock_offset_ms).toBeLessThan(-11 * MINUTE + 1000)
    expect(node).toMatchObject({ state: 'live', rows_produced: 3, rows_stored: 0, listeners: [{ port: 80 }] })
    expect(Math.abs(node.last_heard - Date.now())).toBeLessThan(5000)
    expect(node.notices).toEqual([
      { code: 'clock', problem: expect.stringMatching(/ahead.*dead letters/), fix: expect.stringContaining('NTP') },
    ])
    const { columns } = await store.query.query('SELECT toString(reason) AS reason, detail FROM dead_letters')
    expect(columns.reason).toEqual(['from-the-future'])
  })

  it('is told of where it is behind: the node is not called silent for it', async () => {
    const node = await off(-10 * MINUTE)
    expect(node.clock_offset_ms).toBeGreaterThanOrEqual(10 * MINUTE)
    expect(node).toMatchObject({ state: 'live', rows_stored: 3, listeners: [{ port: 80 }] })
    expect(Math.abs(node.last_heard - Date.now())).toBeLessThan(5000)
    expect(node.notices).toEqual([
      {
        code: 'clock',
        problem: expect.stringMatching(/shop\/n1 is 10 min.* behind.*both ends/),
        fix: expect.stringContaining('NTP'),
      },
    ])
  })

  it('is told of where the machine woke up in 1970', async () => {
    const node = await off(60 * MINUTE - Date.now())
    expect(node).toMatchObject({ state: 'live', rows_stored: 0 })
    expect(node.notices.map((n) => n.code)).toEqual(['clock'])
  })

  it('is right again a minute after it was set, without a start of the agent, which is not called silent meanwhile', async () => {
    for (const ahead of [9 * MINUTE, -9 * MINUTE]) {
      await store.admin.command('TRUNCATE TABLE headwater.nodes')
      await off(ahead)
      await publish(report(agent(0)))
      expect(await only()).toMatchObject({ state: 'live', twins: [] })
      await store.admin.command(
        'ALTER TABLE headwater.nodes UPDATE received = received - 60 WHERE abs(clock_offset_ms) > 60000 SETTINGS mutations_sync = 2',
      )
      expect(await only()).toMatchObject({ state: 'live', notices: [] })
    }
  })
})
