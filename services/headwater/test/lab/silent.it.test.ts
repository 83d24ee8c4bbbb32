import { setTimeout as sleep } from 'node:timers/promises'
import type { CompletenessAnswer, NodesAnswer } from '@headwater/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, lastWords, noAgent, type Running, skip, start } from '../support/headwater.js'
import { agrees, linesOf } from './support/agrees.js'
import { heardOf, type LabDemo, startLabDemo } from './support/lab-demo.js'
import { expectedLines, type Line, printTable } from './support/pairs.js'
import { between, type Quiet, quiet } from './support/quiet.js'

const NODE = 'shop-2'
/** The processes there. */
const unobserved = ['cache', 'catalogue-2', 'checkout']
const TRAFFIC_MS = 12_000
/** A heartbeat's interval, the lease after it, and what an answer waits for. */
const SILENT_MS = 60_000

describe.skipIf(skip('an agent of the lab that is killed', noAgent))('a node whose agent is killed', () => {
  let demo: LabDemo
  let agent: Running
  let killed: Quiet
  let silent: Quiet
  let end: Quiet

  const range = (from: Quiet, to: Quiet) => `from=${from.time}&to=${to.time}`
  const lines = (from: Quiet, to: Quiet) => linesOf(demo, from, to)

  beforeAll(async () => {
    demo = await startLabDemo({ unobserved: [NODE] })
    const node = (await demo.nodes()).find((n) => n.node === NODE)
    if (node === undefined) throw new Error(`the lab has no node ${NODE}`)
    const { cluster, zone, region, realm, namespaces } = node
    const place = { cluster, node: NODE, zone, region, realm, 'agent-netns': namespaces.join(',') }
    const flags = Object.entries({ 'data-dir': demo.dataDir, ...place }).flatMap(([key, value]) => [`--${key}`, value])
    agent = start(['agent', ...flags])
    await heardOf(6, demo.get).catch((cause) => {
      throw new Error(lastWords([agent]), { cause })
    })
  })
  afterAll(async () => {
    await agent?.stop('SIGKILL')
    await demo?.stop()
  })

  it('is counted by its own agent as long as that lives', async () => {
    const before = await quiet(demo)
    await demo.resume()
    await sleep(TRAFFIC_MS)
    killed = await quiet(demo)
    await agrees(demo, before, killed, expectedLines(between(before, killed)))
  })

  it('is silent within 45 s of the kill', async () => {
    await demo.resume()
    agent.child.kill('SIGKILL')
    const began = performance.now()
    const state = async () => {
      const { nodes } = await demo.get<NodesAnswer>('/api/v1/nodes?from=now-5m')
      return nodes.find((node) => node.node === NODE)?.state
    }
    expect(await state()).toBe('live')
    await eventually('a silent node', async () => ((await state()) === 'silent' ? true : undefined), SILENT_MS)
    const seconds = (performance.now() - began) / 1000
    process.stdout.write(`\n${NODE} is silent ${seconds.toFixed(1)} s after its agent was killed\n`)
    // The lease runs from its last heartbeat, by the clock: 10 s and 30 s at most after the kill.
    expect(seconds).toBeLessThan(45)
    const { completeness } = await demo.get<CompletenessAnswer>(`/api/v1/completeness?from=${killed.time}&to=now`)
    expect(completeness.nodes_silent).toEqual([`shop/${NODE}`])
  })

  it('after its lease is counted from the servers’ end, where the servers see who calls; nothing is counted twice', async () => {
    silent = await quiet(demo)
    await demo.resume()
    await sleep(TRAFFIC_MS)
    end = await quiet(demo)
    await agrees(demo, silent, end, expectedLines(between(silent, end), unobserved))
    printTable(`without an agent on ${NODE}`, await lines(silent, end))
    // What was counted in all, from either end, is never more than what was: the lease may only miss.
    const shown = await lines(killed, end)
    for (const real of expectedLines(between(killed, end), [])) {
      const own = shown.filter((line) => line.edge === real.edge)
      const sum = (of: (line: Line) => number) => own.reduce((total, line) => total + of(line), 0)
      expect(
        sum((line) => line.connections),
        real.edge,
      ).toBeLessThanOrEqual(real.connections)
      expect(
        sum((line) => line.client_to_server_bytes),
        real.edge,
      ).toBeLessThanOrEqual(real.client_to_server_bytes)
      expect(
        sum((line) => line.server_to_client_bytes),
        real.edge,
      ).toBeLessThanOrEqual(real.server_to_client_bytes)
    }
  })

  it('lowers coverage, not what was delivered', async () => {
    const { completeness } = await demo.get<CompletenessAnswer>(`/api/v1/completeness?${range(silent, end)}`)
    expect(completeness).toMatchObject({ delivered: 1, nodes_expected: 6, nodes_heard: 5 })
    expect(completeness.coverage).toBeCloseTo(5 / 6, 2)
    const whole = await demo.get<CompletenessAnswer>(`/api/v1/completeness?${range(killed, end)}`)
    expect(whole.completeness.coverage).toBeGreaterThan(completeness.coverage ?? 1)
    expect(whole.completeness.coverage).toBeLessThan(1)
  })
})
