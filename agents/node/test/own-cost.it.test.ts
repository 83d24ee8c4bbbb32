import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bpfStatistics, buildLoad } from '@headwater/native/testing'
import { expect, test } from 'vitest'
import { RecordingProducer } from '../src/testing/recording-producer.js'
import { testAgent, until } from './harness.js'
import { probeMissing } from './probe-available.js'

const missing = await probeMissing()

test.skipIf(missing !== undefined)(
  'an agent tells what it takes: CPU, memory, its ring, the time of its programs',
  async () => {
    buildLoad()
    const endStatistics = await bpfStatistics()
    const server = createServer((_, response) => response.end('x')).listen(0, '127.0.0.1')
    const producer = new RecordingProducer()
    const agent = testAgent(producer)
    await agent.start()
    try {
      const { port } = server.address() as AddressInfo
      for (let i = 0; i < 20; i++)
        await (await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } })).text()
      const told = () => producer.reports().filter((r) => r.cost.ring_peak_bytes > 0)
      await until(() =>
        told().some((r) => r.cost.programs.some((p) => p.name === 'inet_sock_set_state' && p.runs >= 200)),
      )
      const [first, last] = [producer.reports()[0], producer.reports().at(-1)]
      const cost = last?.cost
      expect(told()[0]?.cost.ring_bytes).toBe(4 * 2 ** 20)
      expect(cost?.kernel_bytes).toBeGreaterThan(20 * 2 ** 20)
      expect(cost?.rss_bytes).toBeGreaterThan(20 * 2 ** 20)
      expect(cost?.cpu_user_us).toBeGreaterThan(first?.cost.cpu_user_us ?? 0)
      const memory = last?.limits.find((l) => l.kind === 'tcp-memory')
      expect(memory?.used).toBeLessThan(memory?.max ?? 0)
      const states = cost?.programs.find((p) => p.name === 'inet_sock_set_state')
      expect((states?.run_ns ?? 0) / (states?.runs ?? 1)).toBeGreaterThan(20)
      expect(agent.status().cost).toMatchObject({ ring_bytes: cost?.ring_bytes, kernel_bytes: cost?.kernel_bytes })
    } finally {
      await agent.stop()
      server.close()
      await endStatistics()
    }
  },
)
