import { afterEach, expect, test } from 'vitest'
import type { Agent } from '../src/index.js'
import { RecordingProducer } from '../src/testing/recording-producer.js'
import { sum } from '../src/testing/rows.js'
import { PortRows, testAgent, until } from './harness.js'
import { CLIENT_NAME, Peers, SERVER_NAME } from './peers.js'
import { probeMissing } from './probe-available.js'

const missing = await probeMissing()
const HOST = '127.0.0.1'
const HEADER = 8

const agents: Agent[] = []
let peers: Peers | undefined
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.stop()
  await peers?.stop()
})

async function started(producer: RecordingProducer): Promise<Agent> {
  const agent = testAgent(producer)
  agents.push(agent)
  await agent.start()
  return agent
}

test.skipIf(missing !== undefined)('an agent started in the middle: partial rows, nothing twice', async () => {
  peers = await new Peers().start(HOST)
  const { client, port } = peers
  const first = new RecordingProducer()
  const second = new RecordingProducer()
  const before = new PortRows(first, port)
  const after = new PortRows(second, port)

  const one = await started(first)
  await client.order({ order: 'hold', count: 3, host: HOST, port })
  await client.order({ order: 'exchange', length: 1000, answer: 1 })
  await one.stop()
  expect([sum(before.client, 'tx_bytes'), sum(before.server, 'rx_bytes')]).toEqual([3 * 1008, 3 * 1008])

  await client.order({ order: 'exchange', length: 50_000, answer: 1 })
  await started(second)
  await until(() => after.client.length >= 3 && after.server.length >= 3)
  await client.order({ order: 'exchange', length: 300, answer: 7 })
  await client.order({ order: 'release' })
  await until(() => sum(after.client, 'closes') >= 3 && sum(after.server, 'closes') >= 3)

  for (const rows of [after.client, after.server]) {
    expect(new Set(rows.map((r) => r.partial))).toEqual(new Set([1]))
    expect([sum(rows, 'connects'), sum(rows, 'accepts'), sum(rows, 'closes')]).toEqual([0, 0, 3])
  }
  expect([sum(after.client, 'tx_bytes'), sum(after.client, 'rx_bytes')]).toEqual([3 * (300 + HEADER), 3 * 7])
  expect([sum(after.server, 'tx_bytes'), sum(after.server, 'rx_bytes')]).toEqual([3 * 7, 3 * (300 + HEADER)])
  expect(new Set(after.client.map((r) => r.process))).toEqual(new Set([CLIENT_NAME]))
  expect(new Set(after.server.map((r) => r.process))).toEqual(new Set([SERVER_NAME]))
  expect(new Set(after.client.map((r) => r.side))).toEqual(new Set(['client']))
  expect(new Set(after.client.map((r) => r.connection_id))).toEqual(new Set(before.client.map((r) => r.connection_id)))
})
