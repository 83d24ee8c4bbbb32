import { spawnSync } from 'node:child_process'
import { createProbe } from '@headwater/native'
import { TestNamespace } from '@headwater/native/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Agent } from '../src/index.js'
import { RecordingProducer } from '../src/testing/recording-producer.js'
import { testAgent, until } from './harness.js'
import { probeMissing } from './probe-available.js'

const reason = await probeMissing()

/** From as many sockets as there are names one question for each, to a port that nobody has. */
const ASK = `
import { createSocket } from 'node:dgram'
for (const name of process.argv.slice(1)) {
  const question = Buffer.concat([Buffer.from('0001010000010000000000', 'hex'), Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([0, 0, 1, 0, 1])])
  const socket = createSocket('udp4').on('error', () => {})
  await new Promise((sent) => socket.send(question, 53, '127.0.0.1', sent))
  socket.close()
}`

describe.skipIf(reason)('losses', () => {
  const ROOM = 8
  let ns: TestNamespace
  let producer: RecordingProducer
  let agent: Agent

  beforeEach(async () => {
    ns = new TestNamespace()
    ns.ip('link set lo up')
    producer = new RecordingProducer()
    const probe = createProbe({ slots: 1024, ringBytes: 65_536, maxConversations: ROOM, namespaces: [ns.path] })
    // No report comes in between: batches tell by themselves.
    agent = testAgent(producer, { probe, namespaces: [ns.path], reportMs: 3_600_000 })
    await agent.start()
  })
  afterEach(async () => {
    await agent.stop()
    ns.remove()
  })

  function ask(names: string[]): void {
    const node = [process.execPath, '--input-type=module', '-e', ASK, ...names]
    const { status, stderr } = spawnSync('nsenter', [`--net=${ns.path}`, ...node], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  }

  test('are in each batch, of flows and of DNS, as they stand; the last report says the same', async () => {
    ask(['before'])
    await until(() => producer.batches().length > 0)
    for (const { meta } of producer.batches()) expect(meta.losses).toBeUndefined()
    ask(Array.from({ length: 30 }, (_, n) => `name${n}`))
    const told = () => producer.batches().at(-1)?.meta.losses?.conversations_full ?? 0
    // Conversations with room are told of by a walk.
    await until(() => told() >= 20)
    const lost = told()
    expect(lost).toBeGreaterThanOrEqual(20)
    // Questions whose conversation found room have no answer for 5 s, and are told of then.
    await until(() => producer.dns().length > 0)
    expect(producer.dns().at(-1)?.meta.losses?.conversations_full).toBe(lost)
    expect(producer.reports()).toHaveLength(1)
    await agent.stop()
    const report = producer.reports().at(-1)
    expect(report?.losses.conversations_full).toBe(lost)
    expect(report?.kernel_records).toMatchObject(report?.losses ?? {})
    expect(report?.dns?.produced).toEqual({
      rows: producer.dns().reduce((sum, b) => sum + b.rows, 0),
      batches: producer.dns().length,
    })
    expect(agent.status().losses).toEqual(report?.losses)
    expect(Object.keys(report?.losses ?? {})).not.toContain('ring_full_close')
  })
})
