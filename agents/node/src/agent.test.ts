import { statSync } from 'node:fs'
import type { Probe } from '@headwater/native'
import { expect, test } from 'vitest'
import { createAgent } from './agent.js'
import { dnsLayout, flowLayout } from './testing/flow-layout.js'
import { recordingLogger } from './testing/logger.js'
import { RecordingProducer } from './testing/recording-producer.js'

/** A probe without a kernel, whose opening and walks end when the test says: faults of time. */
class ProbeOfTest implements Probe {
  readonly layout = flowLayout()
  readonly dnsLayout = dnsLayout()
  consumeDns = () => undefined
  readonly opened = Promise.withResolvers<void>()
  walks: () => Promise<void> = async () => {}
  closed = 0
  open = () => this.opened.promise
  async walk() {
    await this.walks()
    return { namespaces: 0, failed: 0, durationMs: 0 }
  }
  async close() {
    this.closed++
  }
  addresses = async () => [{ netns: 7, addresses: ['192.0.2.7'] }]
  consume = () => undefined
  capabilities = () => []
  counters = () => ({})
  losses = () => ({})
  inventory = () => []
  limits = async () => []
  detach = async () => {}
  attach = async () => {}
  cost = () => ({ ringBytes: 0, ringPeakBytes: 0, kernelBytes: 0, programs: [] })
  bootOffsetMs = () => 0
}

function setUp(cluster = 'c', namespaces?: string[]) {
  const probe = new ProbeOfTest()
  const producer = new RecordingProducer()
  const agent = createAgent({
    identity: { cluster, node: 'n', realm: 'r', zone: '', region: '' },
    version: '0',
    profile: 'standard',
    producer,
    selfPids: () => new Set(),
    logger: recordingLogger(),
    probe,
    ...(namespaces === undefined ? {} : { namespaces }),
  })
  return { probe, producer, agent }
}

test('a stop that comes while the agent starts stops it', async () => {
  const { probe, producer, agent } = setUp()
  const starting = agent.start()
  const stopping = agent.stop()
  probe.opened.resolve()
  await Promise.all([starting, stopping])
  expect(agent.status().state).toBe('stopped')
  expect(probe.closed).toBe(1)
  expect(producer.reports().at(-1)).toMatchObject({ stopping: true })
})

test.each(['', 'x'.repeat(254)])('a cluster of name %j is refused before anything is opened', async (cluster) => {
  const { agent, producer } = setUp(cluster)
  await expect(agent.start()).rejects.toThrow('1 to 253 characters')
  expect(agent.status().state).toBe('stopped')
  await agent.stop()
  expect(producer.reports()).toEqual([])
})

test('a start that fails after the probe was opened leaves it closed', async () => {
  const { probe, agent } = setUp('c', ['/run/netns/a'])
  probe.addresses = () => Promise.reject(new Error('no such namespace'))
  probe.opened.resolve()
  await expect(agent.start()).rejects.toThrow('no such namespace')
  expect(probe.closed).toBe(1)
  expect(agent.status().state).toBe('stopped')
  await agent.stop()
  expect(probe.closed).toBe(1)
})

test('stop ends in time whatever hangs: the walk, the bus, the end of the producer', { timeout: 10_000 }, async () => {
  const { probe, producer, agent } = setUp()
  const never = () => new Promise<void>(() => {})
  probe.walks = never
  producer.publish = never
  producer.stop = never
  probe.opened.resolve()
  await agent.start()
  const began = performance.now()
  await agent.stop()
  expect(probe.closed).toBe(1)
  // The bound itself, with room for a slow machine.
  expect(performance.now() - began).toBeLessThan(6000)
})

test('the addresses of a node are those of its namespaces, and only without a limit those of the agent', async () => {
  const published = async (namespaces?: string[]) => {
    const { probe, producer, agent } = setUp('c', namespaces)
    probe.opened.resolve()
    await agent.start()
    await agent.stop()
    return producer.endpoints().map(({ netns, address }) => `${netns} ${address}`)
  }
  const loopbacks = (netns: number) => [`${netns} 127.0.0.1`, `${netns} ::1`]
  expect(await published(['/run/netns/seven'])).toEqual([...loopbacks(7), '7 192.0.2.7'])
  const own = await published()
  expect(own).toEqual(expect.arrayContaining(loopbacks(statSync('/proc/self/ns/net').ino)))
  expect(own).not.toContain('7 192.0.2.7')
})
