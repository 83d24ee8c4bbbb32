import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalConsumer, createLocalProducer } from '@headwater/bus'
import { type BusConsumer, BusError, type DeliveredMessage, decodeFlowBatch, topics } from '@headwater/contracts'
import { afterEach, expect, test } from 'vitest'
import type { Agent } from '../src/index.js'
import { recordingLogger } from '../src/testing/logger.js'
import { rowsOf, sum } from '../src/testing/rows.js'
import { reasonsOf, testAgent, until } from './harness.js'
import { Peers } from './peers.js'
import { probeMissing } from './probe-available.js'

const missing = await probeMissing()
const HOST = '127.0.0.1'
const folder = mkdtempSync(join(tmpdir(), 'hw-agent-bus-'))
const socketPath = join(folder, 'bus.sock')

let agent: Agent | undefined
let peers: Peers | undefined
let consumer: BusConsumer | undefined
afterEach(async () => {
  await agent?.stop()
  await consumer?.stop()
  await peers?.stop()
  rmSync(folder, { recursive: true, force: true })
})

test.skipIf(missing !== undefined)(
  'over the local bus: ingest comes late and fails for a while, nothing is lost',
  async () => {
    const logger = recordingLogger()
    const taken = new Map<string, DeliveredMessage>()
    let failing = false
    agent = testAgent(createLocalProducer({ socketPath, logger, retryForMs: 200 }))
    await agent.start()
    peers = await new Peers().start(HOST)
    const { client, port } = peers
    const short = { order: 'short', count: 200, host: HOST, port, length: 10, answer: 20 }
    const rows = () => {
      const flows = [...taken.values()].filter((m) => m.topic === topics.flows)
      return rowsOf(flows.map((m) => decodeFlowBatch(m.value))).filter((r) => r.remote_port === port)
    }
    await client.order(short)
    await new Promise((r) => setTimeout(r, 500))
    expect(agent.status().connected).toBe(false)

    consumer = createLocalConsumer({ socketPath, logger })
    await consumer.start(async (messages) => {
      if (failing) throw new BusError('backpressure', 'the store is busy', { retryAfterMs: 100 })
      for (const m of messages) taken.set(`${m.topic} ${m.key} ${m.headers['headwater-sequence'] ?? m.offset}`, m)
    })
    await until(() => sum(rows(), 'closes') >= 200)
    failing = true
    await client.order(short)
    await new Promise((r) => setTimeout(r, 800))
    failing = false
    await until(() => sum(rows(), 'closes') >= 400)
    await agent.stop()

    expect([sum(rows(), 'connects'), sum(rows(), 'closes')]).toEqual([400, 400])
    const sequences = [...taken.values()]
      .filter((m) => m.topic === topics.flows)
      .map((m) => m.headers['headwater-sequence'])
    expect(sequences.map(Number)).toEqual(sequences.map((_, i) => i + 1))
    // Others on this machine may have asked name servers meanwhile.
    const told = new Set([...taken.values()].map((m) => m.topic).filter((topic) => topic !== topics.dns))
    expect(told).toEqual(new Set([topics.flows, topics.nodes, topics.endpoints]))
    expect(reasonsOf(agent.status().dropped)).toEqual([])
    expect(agent.status()).toMatchObject({ waiting: { rows: 0 } })
  },
)
