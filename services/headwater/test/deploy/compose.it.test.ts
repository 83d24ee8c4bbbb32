import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { EdgesAnswer, FlowsAnswer, NodesAnswer } from '@headwater/contracts'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { noDocker, TestEngine } from '../support/docker.js'
import { CHECKOUT, eventually, noAgent, skip, temporaryFolder } from '../support/headwater.js'
import { hasJava } from '../support/java.js'
import { notAsked } from './asked.js'
import { type Compose, compose, noCompose } from './compose-plugin.js'
import { noDebian } from './debian.js'
import { Fleet } from './fleet.js'
import { loadStandIns, STAND_INS } from './stand-ins.js'

const exec = promisify(execFile)
const CALLS = 12
/** Agents see all of this machine, and so what other tests do. */
const PORT = 20_000 + (process.pid % 10_000)
/** It has Node. */
const NODE = 'headwater/services:0.1.0'
const API = 'http://127.0.0.1:4400'
const reason =
  notAsked ?? noAgent ?? noDocker ?? noCompose ?? noDebian ?? (hasJava() ? undefined : 'Kafka needs Java 17 and Maven')
const yaml = (path: string) => parse(readFileSync(join(CHECKOUT, path), 'utf8'), { merge: true })
const declared = yaml('deploy/compose/compose.yaml') as { services: Record<string, { cap_add?: string[] }> }
// There is no image of it to be had without a registry.
const services = Object.keys(declared.services).filter((name) => name !== 'grafana')

describe.skipIf(skip('compose.yaml on a real Docker engine', reason))('compose.yaml', () => {
  const folder = temporaryFolder()
  const engine = new TestEngine()
  const fleet = new Fleet(engine, folder.path)
  const cache = join(CHECKOUT, 'node_modules/.cache/headwater/deploy')
  let tool: Compose

  const state = async () =>
    [
      await engine.docker('ps', '-a'),
      ...(await Promise.all(services.map(async (name) => `${name}:\n${await fleet.logs(name)}`))),
    ].join('\n')
  async function up(): Promise<void> {
    const since = performance.now()
    const seconds = () => ((performance.now() - since) / 1000).toFixed(1)
    const first = eventually('the API', () => fleet.get<NodesAnswer>(`${API}/api/v1/nodes`), 240_000).then(seconds)
    first.catch(() => undefined)
    await fleet.up(tool, services, STAND_INS)
    const healthy = seconds()
    console.info(`${tool.version}: first answer of the API after ${await first} s, all healthy after ${healthy} s`)
  }
  beforeAll(async () => {
    tool = await compose(cache)
    await engine.start()
    await loadStandIns(engine, cache, folder.path)
    await exec(join(CHECKOUT, 'deploy/images/build.sh'), {
      env: { ...process.env, DOCKER_HOST: `unix://${engine.socket}` },
    })
    await up().catch(async (cause) => {
      throw new Error(await state(), { cause })
    })
  }, 900_000)
  afterAll(async () => {
    await fleet.down()
    await engine.stop()
    folder.remove()
  }, 120_000)
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return
    console.error(await state())
  })

  it('comes up, all but Grafana, with nothing started twice', async () => {
    const states = await Promise.all(
      services.map((name) => fleet.inspect<{ Status: string; ExitCode: number }>(name, '.State')),
    )
    expect(Object.fromEntries(services.map((name, i) => [name, states[i]?.Status]))).toEqual(
      Object.fromEntries(services.map((name) => [name, name === 'migrate' ? 'exited' : 'running'])),
    )
    expect(states[services.indexOf('migrate')]?.ExitCode).toBe(0)
    expect(await Promise.all(services.map((name) => fleet.inspect(name, '.RestartCount')))).toEqual(
      services.map(() => 0),
    )
  }, 300_000)

  it('serves the console where its port is published, and asks for the token', async () => {
    const page = await engine.get(`${API}/`)
    expect(page.status).toBe(200)
    const script = /src="([^"]+\.js)"/.exec(page.body)?.[1] ?? 'none'
    expect((await engine.get(new URL(script, API).href)).status).toBe(200)
    expect((await engine.get(`${API}/api/v1/nodes`)).status).toBe(401)
  }, 30_000)

  it('has an agent with capabilities by name that lacks nothing', async () => {
    const [privileged, added, dropped] = await Promise.all(
      ['Privileged', 'CapAdd', 'CapDrop'].map((name) => fleet.inspect('agent', `.HostConfig.${name}`)),
    )
    expect({
      privileged,
      added: (added as string[]).map((name) => name.replace(/^CAP_/, '')).toSorted(),
      dropped,
    }).toEqual({
      privileged: false,
      added: declared.services.agent?.cap_add?.toSorted(),
      dropped: ['ALL'],
    })
    const nodes = await eventually(
      'the node',
      async () => {
        const answer = await fleet.get<NodesAnswer>(`${API}/api/v1/nodes`)
        return answer.nodes.some((n) => n.node === hostname() && n.state === 'live') ? answer.nodes : undefined
      },
      60_000,
    )
    expect(nodes.flatMap((n) => n.capabilities.filter((c) => !c.ok).map((c) => c.name))).toEqual([])
  }, 90_000)

  /** Calls between two containers on a network of their own, each a connection. @returns what the API has of them, by container */
  async function calls(server: string, client: string) {
    // Processes that live on: of one that is gone a hybrid host tells no container (docs/identity.md).
    const run = (name: string, script: string) =>
      engine.docker(...['run', '-d', '--name', name, '--network', 'shop', '--entrypoint', 'node', NODE, '-e', script])
    const to = await run(server, `require('node:http').createServer((_, answer) => answer.end('ok')).listen(${PORT})`)
    const call = `new Promise((done, failed) => require('node:http').get('http://${server}:${PORT}/', { agent: false },
      (answer) => answer.resume().on('end', done)).on('error', failed))`
    // The engine is asked for a name when a container is first seen: what it did until then has its id alone.
    const wait = 'new Promise((done) => setTimeout(done, 5000))'
    const from = await run(
      client,
      `(async () => { await ${call}; await ${wait}; for (let i = 0; i < ${CALLS}; i++) await ${call}; setInterval(() => {}, 1e6) })()`,
    )
    const filter = encodeURIComponent(`{server_port="${PORT}"}`)
    return eventually(
      `the calls of ${client}`,
      async () => {
        const { flows } = await fleet.get<FlowsAnswer>(`${API}/api/v1/flows?from=now-5m&limit=500&filter=${filter}`)
        const [sent, taken] = [from, to].map((id) => flows.filter((flow) => flow.container_id === id))
        const all = [...(sent ?? []), ...(taken ?? [])].reduce((sum, flow) => sum + flow.closes, 0)
        return all >= 2 * (CALLS + 1) ? { sent: sent ?? [], taken: taken ?? [] } : undefined
      },
      150_000,
    )
  }
  const counted = (flows: FlowsAnswer['flows']) =>
    (['connects', 'accepts', 'closes'] as const).map((name) => flows.reduce((sum, flow) => sum + flow[name], 0))
  const named = (flows: FlowsAnswer['flows'], name: string) => flows.filter((flow) => flow.container_name === name)

  it('shows every call between two containers, at both ends, by their names', async () => {
    await engine.docker('network', 'create', 'shop')
    const { sent, taken } = await calls('cart-1', 'shop-1')
    const n = CALLS + 1
    expect({ sent: counted(sent), taken: counted(taken) }).toEqual({ sent: [n, 0, n], taken: [0, n, n] })
    expect(counted(named(taken, 'cart-1'))[1]).toBeGreaterThanOrEqual(CALLS)
    expect(counted(named(sent, 'shop-1'))[0]).toBeGreaterThanOrEqual(CALLS)
    const filter = encodeURIComponent(`{client_service="shop-1",server_service="cart-1"}`)
    const { edges } = await fleet.get<EdgesAnswer>(`${API}/api/v1/edges?from=now-5m&filter=${filter}`)
    expect(edges.map(({ counted }) => counted)).toEqual([true])
    expect(edges[0]?.connects).toBeGreaterThanOrEqual(CALLS)
  }, 180_000)

  it('has Prometheus scrape all parts and load the rules, and Alertmanager take its alerts', async () => {
    const prometheus = 'http://127.0.0.1:9090/api/v1'
    type Targets = { data: { activeTargets: { labels: { instance: string }; health: string; lastError: string }[] } }
    const wanted = (
      yaml('deploy/compose/prometheus.yml').scrape_configs[0].static_configs[0].targets as string[]
    ).toSorted()
    const up = await eventually(
      'all targets up',
      async () => {
        const { data } = await fleet.get<Targets>(`${prometheus}/targets`)
        const all = data.activeTargets.filter(({ health }) => health === 'up').map(({ labels }) => labels.instance)
        return all.length === wanted.length ? all.toSorted() : undefined
      },
      40_000,
    )
    expect(up).toEqual(wanted)
    type Rules = { data: { groups: { rules: { name: string; health: string }[] }[] } }
    const rules = await eventually(
      'rules that were evaluated',
      async () => {
        const { data } = await fleet.get<Rules>(`${prometheus}/rules`)
        const all = data.groups.flatMap((group) => group.rules)
        return all.length > 0 && all.every(({ health }) => health !== 'unknown') ? all : undefined
      },
      60_000,
    )
    const written = yaml('deploy/prometheus/headwater.rules.yml').groups as { rules: { alert: string }[] }[]
    expect(rules.map(({ name, health }) => `${name} ${health}`)).toEqual(
      written.flatMap((group) => group.rules.map(({ alert }) => `${alert} ok`)),
    )
    type Managers = { data: { activeAlertmanagers: { url: string }[] } }
    const { data } = await fleet.get<Managers>(`${prometheus}/alertmanagers`)
    expect(data.activeAlertmanagers.map(({ url }) => new URL(url).host)).toEqual(['alertmanager:9093'])
    expect((await engine.get('http://127.0.0.1:9093/-/ready')).status).toBe(200)
  }, 120_000)

  it('goes on with either ingest where the other has ended', async () => {
    await engine.docker('stop', 'headwater-ingest-1-1')
    expect(counted((await calls('cart-2', 'shop-2')).sent)).toEqual([CALLS + 1, 0, CALLS + 1])
    await engine.docker('start', 'headwater-ingest-1-1')
    await engine.docker('stop', 'headwater-ingest-2-1')
    expect(counted((await calls('cart-3', 'shop-3')).sent)).toEqual([CALLS + 1, 0, CALLS + 1])
  }, 400_000)
})
