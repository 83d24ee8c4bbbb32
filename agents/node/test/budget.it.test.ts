import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { RecordingProducer } from '../src/testing/recording-producer.js'
import { PortRows, testAgent, until } from './harness.js'
import { probeMissing } from './probe-available.js'

const missing = await probeMissing()
/** A machine that is busy gives this process little time, and none of it is the agent's fault. */
const PATIENCE_MS = 60_000

/** Takes most of a core from now on, until the function that is given back is called: the agent's process is this one. */
function spin(): () => void {
  const timer = setInterval(() => {
    const end = performance.now() + 16
    while (performance.now() < end);
  }, 18)
  return () => clearInterval(timer)
}

test.skipIf(missing !== undefined)(
  'an agent over its CPU budget walks less often, then does without UDP and says so; with room it takes all back',
  { timeout: 4 * PATIENCE_MS },
  async () => {
    const producer = new RecordingProducer()
    const over = { intervalMs: 15_000, reportMs: 1000, cpuBudget: 0.12, cpuWindowMs: 800 }
    const agent = testAgent(producer, over)
    const server = createSocket('udp4').bind(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address()
    const rows = new PortRows(producer, port)
    const client = createSocket('udp4')
    client.connect(port, '127.0.0.1')
    await once(client, 'connect')
    const send = async (times: number) => {
      for (let i = 0; i < times; i++) await new Promise((resolve) => client.send('x', resolve))
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const given = () => agent.status().budget.given_up
    const programs = () => agent.status().capabilities.filter((c) => /^udp_(e|in)gress$/.test(c.name))
    const udp = (ok: boolean) => programs().every((c) => c.ok === ok)
    await agent.start()
    try {
      await send(3)
      const stop = spin()
      await until(() => given().length > 0, PATIENCE_MS)
      expect(agent.status().budget).toMatchObject({
        walk_interval_ms: 30_000,
        given_up: ['walks more often than each 30 s'],
      })
      await until(() => udp(false), PATIENCE_MS)
      expect(given()).toContain('UDP and DNS')
      expect(programs().map((c) => c.reason)).toEqual(
        Array(2).fill('given up: the agent is over its CPU budget of 12 % of a core'),
      )
      await send(5)
      stop()

      await until(() => given().length === 0 && udp(true), PATIENCE_MS)
      expect([given(), ...programs().map((c) => c.reason)]).toEqual([[], '', ''])
      await send(7)
    } finally {
      await agent.stop()
      client.close()
      server.close()
    }
    // What was sent while it was given up is not seen; all else is, once.
    expect(rows.client.reduce((sum, r) => sum + Number(r.tx_packets), 0)).toBe(10)
    expect(rows.server.reduce((sum, r) => sum + Number(r.rx_packets), 0)).toBe(10)
    const told = producer.reports().filter((r) => r.budget.given_up.includes('UDP and DNS'))
    expect(told.some((r) => r.capabilities.some((c) => c.name === 'udp_ingress' && !c.ok))).toBe(true)
    expect(producer.reports().at(-1)?.budget).toMatchObject({
      cpu_budget: 0.12,
      walk_interval_ms: 15_000,
      given_up: [],
    })
    expect(agent.lines.filter((line) => line.startsWith('warn over its CPU budget')).length).toBeGreaterThanOrEqual(2)
    expect(agent.lines.filter((line) => line.startsWith('info within its CPU budget')).length).toBeGreaterThanOrEqual(2)
  },
)
