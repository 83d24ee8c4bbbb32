import { afterEach, expect, test } from 'vitest'
import type { Agent } from '../src/index.js'
import { RecordingProducer } from '../src/testing/recording-producer.js'
import { sum } from '../src/testing/rows.js'
import { PortRows, testAgent, until } from './harness.js'
import { Peers } from './peers.js'
import { probeMissing } from './probe-available.js'

const missing = await probeMissing()

let agent: Agent | undefined
let peers: Peers | undefined
afterEach(async () => {
  await agent?.stop()
  await peers?.stop()
})

test.skipIf(missing !== undefined)('who polls one of our servers is self too, at both ends', async () => {
  const producer = new RecordingProducer()
  const own = new Set<number>()
  agent = testAgent(producer, { selfPids: () => own })
  await agent.start()
  peers = await new Peers().start('0.0.0.0')
  own.add(peers.server.pid)
  const rows = new PortRows(producer, peers.port)
  await until(() => producer.endpoints().some((e) => e.port === peers?.port))
  await peers.client.order({ order: 'short', count: 5, host: '127.0.0.1', port: peers.port, length: 1, answer: 1 })
  await until(() => sum(rows.all, 'closes') >= 10, 20_000)
  await agent.stop()
  expect(rows.all.map((r) => r.self)).toEqual(Array(10).fill(1))
})
