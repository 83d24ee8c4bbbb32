import { setTimeout as sleep } from 'node:timers/promises'
import type { CompletenessAnswer, NodesAnswer } from '@headwater/contracts'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AlertSettings } from '../../src/alerts/settings.js'
import { eventually, lastWords, noAgent, type Running, skip, temporaryFolder } from '../support/headwater.js'
import { type Monitoring, noPrometheus, startMonitoring } from '../support/prometheus.js'
import { agrees, isComplete, linesOf } from './support/agrees.js'
import { Pager, shortSettings } from './support/alerts.js'
import { heardOf, type LabDemo, startLabDemo } from './support/lab-demo.js'
import { startNodeAgent } from './support/node-agent.js'
import { expectedLines, printTable } from './support/pairs.js'
import { between, type Quiet, quiet } from './support/quiet.js'

const NODE = 'shop-2'
/** The processes there. */
const unobserved = ['cache', 'catalogue-2', 'checkout']
const TRAFFIC_MS = 12_000
/** A heartbeat's interval, the lease after it, and what an answer waits for. */
const SILENT_MS = 60_000
/** The shortened time of the rule, evaluations and scrapes. */
const TOLD_MS = 30_000
/** Of a test whose parts have their own. */
const TEST_MS = 240_000
const ALERT = `HeadwaterNodeSilent ${NODE}`
/** As the other tests have them, but for what is no matter here: traffic that stands still at times changes the bill and begins edges. */
const settings: AlertSettings = {
  ...shortSettings,
  newEdge: { ...shortSettings.newEdge, warm: '1h' },
  cost: { ...shortSettings.cost, least: 1e9 },
}

const alertsSkipped = noAgent === undefined && skip('the alert of a silent node', noPrometheus)

describe.skipIf(skip('an agent of the lab that is killed', noAgent))(
  'a node whose agent is killed',
  { timeout: TEST_MS },
  () => {
    const folder = temporaryFolder()
    const pager = new Pager()
    let monitoring: Monitoring | undefined
    let demo: LabDemo
    let agent: Running
    let killed: Quiet
    let silent: Quiet
    let end: Quiet

    const range = (from: Quiet, to: Quiet) => `from=${from.time}&to=${to.time}`
    const lines = (from: Quiet, to: Quiet) => linesOf(demo, from, to)

    async function startAgent(): Promise<void> {
      const node = (await demo.nodes()).find((n) => n.node === NODE)
      if (node === undefined) throw new Error(`the lab has no node ${NODE}`)
      agent = startNodeAgent(node, demo.dataDir)
      await heardOf(6, demo.get).catch((cause) => {
        throw new Error(lastWords([agent]), { cause })
      })
    }
    const told = async (what: string, so: () => boolean) => {
      const since = performance.now()
      await eventually(what, () => (so() ? true : undefined), TOLD_MS).catch((cause) => {
        throw new Error(`firing: ${pager.firing.join(', ')}`, { cause })
      })
      process.stdout.write(`\n${what} ${((performance.now() - since) / 1000).toFixed(1)} s after\n`)
    }

    beforeAll(async () => {
      demo = await startLabDemo({ unobserved: [NODE] })
      await startAgent()
      if (alertsSkipped) return
      await pager.start()
      const console = 'https://headwater.example'
      monitoring = await startMonitoring({
        folder: folder.path,
        target: demo.url,
        webhook: pager.url,
        console,
        settings,
      })
    })
    afterAll(async () => {
      await monitoring?.stop()
      if (!alertsSkipped) pager.stop()
      await agent?.stop('SIGKILL')
      await demo?.stop()
      folder.remove()
    })

    afterEach(({ task }) => {
      if (task.result?.state === 'fail') process.stderr.write(`${task.name}:\n${lastWords([agent])}\n${demo.log()}\n`)
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
      expect(pager.firing).not.toContain(ALERT)
      await eventually('a silent node', async () => ((await state()) === 'silent' ? true : undefined), SILENT_MS)
      const seconds = (performance.now() - began) / 1000
      process.stdout.write(`\n${NODE} is silent ${seconds.toFixed(1)} s after its agent was killed\n`)
      // The lease runs from its last heartbeat, by the clock: 10 s and 30 s at most after the kill.
      expect(seconds).toBeLessThan(45)
      const { completeness } = await demo.get<CompletenessAnswer>(`/api/v1/completeness?from=${killed.time}&to=now`)
      expect(completeness.nodes_silent).toEqual([`shop/${NODE}`])
    })

    it.skipIf(alertsSkipped)('wakes somebody', () => told('the alert fires', () => pager.firing.includes(ALERT)))

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
        for (const of of ['connections', 'client_to_server_bytes', 'server_to_client_bytes'] as const) {
          const sum = own.reduce((total, line) => total + line[of], 0)
          expect(sum, `${real.edge} ${of}`).toBeLessThanOrEqual(real[of])
        }
      }
    })

    it('lowers coverage, not what was delivered', async () => {
      const completeness = await isComplete(demo, silent, end, { delivered: 1, nodes_expected: 6, nodes_heard: 5 })
      expect(completeness.coverage).toBeCloseTo(5 / 6, 2)
      const whole = await demo.get<CompletenessAnswer>(`/api/v1/completeness?${range(killed, end)}`)
      expect(whole.completeness.coverage).toBeGreaterThan(completeness.coverage ?? 1)
      expect(whole.completeness.coverage).toBeLessThan(1)
    })

    it.skipIf(alertsSkipped)('is live again with an agent, and the alert resolves', async () => {
      expect(pager.firing).toContain(ALERT)
      await startAgent()
      await told('the alert resolves', () => !pager.firing.includes(ALERT))
      const { nodes } = await demo.get<NodesAnswer>('/api/v1/nodes')
      expect(nodes.filter((node) => node.state !== 'live')).toEqual([])
      const silentNodes = pager.told.filter(({ name }) => name === 'HeadwaterNodeSilent')
      expect([...new Set(silentNodes.map(({ what }) => what))]).toEqual([NODE])
    })
  },
)
