import { TestNamespace } from '@headwater/native/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Agent } from '../src/index.js'
import { RecordingProducer } from '../src/testing/recording-producer.js'
import { sum } from '../src/testing/rows.js'
import { PortRows, testAgent, until } from './harness.js'
import { Peers } from './peers.js'
import { probeMissing } from './probe-available.js'

const missing = await probeMissing()
const HOST = '127.0.0.1'

/** Others' traffic on the machine fills queues, too: only what is in here is observed. */
let ns: TestNamespace
let agent: (Agent & { lines: string[] }) | undefined
let peers: Peers | undefined
afterEach(async () => {
  await agent?.stop()
  await peers?.stop()
})

describe.skipIf(missing !== undefined)('a bus with faults', () => {
  beforeAll(() => {
    ns = new TestNamespace()
    ns.ip('link set lo up')
  })
  afterAll(() => ns?.remove())
  const inside = () => ({ server: { netns: ns.path }, client: { netns: ns.path } })

  test('away from the start and for a while in between: nothing is lost', async () => {
    const producer = new RecordingProducer()
    producer.failing = { code: 'unavailable' }
    agent = testAgent(producer, { namespaces: [ns.path] })
    await agent.start()
    peers = await new Peers().start(HOST, inside())
    const { client, port } = peers
    const rows = new PortRows(producer, port)
    const short = { order: 'short', count: 300, host: HOST, port, length: 64, answer: 64 }
    await client.order(short)
    await new Promise((r) => setTimeout(r, 1000))
    expect(agent.status()).toMatchObject({ connected: false })
    producer.failing = undefined
    await until(() => sum(rows.client, 'closes') >= 300)
    producer.failing = { code: 'backpressure', retryAfterMs: 300 }
    await client.order(short)
    await new Promise((r) => setTimeout(r, 1000))
    producer.failing = undefined
    await until(() => sum(rows.client, 'closes') >= 600 && sum(rows.server, 'closes') >= 600)
    await agent.stop()
    expect([sum(rows.client, 'closes'), sum(rows.server, 'closes')]).toEqual([600, 600])
    expect(producer.batches().at(-1)?.meta.dropped).toEqual({})
    expect(agent.lines.filter((l) => l.startsWith('warn the bus does not take'))).toHaveLength(2)
  })

  test('a full queue: the oldest rows go, and the count of them is exact', async () => {
    const producer = new RecordingProducer()
    producer.failing = { code: 'unavailable' }
    agent = testAgent(producer, { queueBytes: 256 * 1024, namespaces: [ns.path] })
    await agent.start()
    peers = await new Peers().start(HOST, inside())
    const { client, port } = peers
    for (let n = 0; n < 6; n++)
      await client.order({ order: 'short', count: 500, host: HOST, port, length: 64, answer: 64 })
    await until(() => (agent?.status().dropped['outbox-full'] ?? 0) > 0)
    expect(agent.status().waiting.bytes).toBeLessThanOrEqual(256 * 1024)
    producer.failing = undefined
    await until(() => agent?.status().connected === true && agent.status().waiting.parcels === 0)
    await client.order({ order: 'short', count: 10, host: HOST, port, length: 64, answer: 64 })
    await agent.stop()
    const batches = producer.batches()
    const { produced, dropped } = batches.at(-1)!.meta
    const delivered = batches.reduce((n, b) => n + b.rows, 0)
    expect(dropped['outbox-full']).toBeGreaterThan(0)
    expect(delivered + dropped['outbox-full']!).toBe(produced.rows)
    expect(producer.endpoints()).toContainEqual(expect.objectContaining({ kind: 'listener', port }))
  })

  test('a stop that cannot deliver ends, and says what is lost', async () => {
    const producer = new RecordingProducer()
    producer.failing = { code: 'unavailable' }
    agent = testAgent(producer, { namespaces: [ns.path] })
    await agent.start()
    peers = await new Peers().start(HOST, inside())
    await peers.client.order({ order: 'short', count: 50, host: HOST, port: peers.port, length: 64, answer: 64 })
    await agent.stop()
    const { produced, dropped } = agent.status()
    expect(dropped.undelivered).toBe(produced.rows)
    expect(agent.lines).toContainEqual('error stopped with messages that the bus did not take')
  })
})
