import { join } from 'node:path'
import { startTestKafka, type TestKafka } from '@headwater/bus/testing'
import type { EdgesAnswer, NodesAnswer, StatusAnswer } from '@headwater/contracts'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { fleetEnv } from './support/fleet-env.js'
import {
  eventually,
  lastWords,
  noAgent,
  type Running,
  run,
  skip,
  start,
  startUp,
  temporaryFolder,
} from './support/headwater.js'
import { hasJava } from './support/java.js'
import { startNamespace, type TestNamespace } from './support/namespace.js'
import { LONG, REFUSED, SHORT, truthPlan } from './support/plan.js'
import { type Replica, startReplica } from './support/replica.js'
import { closedPort, type Made, startClient, startServer, type TrafficProgram } from './support/traffic.js'

const reason = noAgent ?? (hasJava() ? undefined : 'Kafka needs Java 17 and Maven')

describe.skipIf(skip('the fleet over Kafka', reason))('agent, Kafka, two ingests, one store, query', () => {
  const folder = temporaryFolder()
  const programs: TrafficProgram<unknown>[] = []
  const running: Running[] = []
  const replicas: Replica[] = []
  let left: Running | undefined
  /** The node: a machine has traffic of others, too. */
  let node: TestNamespace
  let kafka: TestKafka
  let store: TestStore
  let env: Record<string, string>
  let url: string
  let token: string

  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })
    expect(response.status, path).toBe(200)
    return (await response.json()) as T
  }
  const role = (args: string[]) => {
    const started = start(args, { env })
    running.push(started)
    return started
  }

  beforeAll(async () => {
    node = await startNamespace()
    ;[kafka, store] = await Promise.all([startTestKafka(), startTestStore()])
    env = {
      ...fleetEnv(kafka.brokers, store, join(folder.path, 'data')),
      HEADWATER_CLUSTER: 'it',
      HEADWATER_NODE: 'it-node',
    }
  })
  afterAll(async () => {
    for (const program of programs) program.stop()
    await Promise.all(running.map((r) => r.stop()))
    await store?.stop()
    await kafka?.stop()
    node?.stop()
    folder.remove()
  })

  afterEach(({ task }) => {
    if (task.result?.state === 'fail') console.error(`${task.name}:\n${lastWords(running)}`)
  })

  /** How those have ended that nobody has stopped: there are none. */
  const ended = () =>
    running.filter((r) => r !== left && (r.child.exitCode ?? r.child.signalCode) !== null).map((r) => lastWords([r]))

  async function ingest(name: string): Promise<Replica> {
    const replica = await startReplica(name, env)
    running.push(replica)
    replicas.push(replica)
    return replica
  }

  /** What both replicas have counted of edges from these clients. */
  const counted = async (names: string[]) => {
    const texts = await Promise.all(replicas.map((replica) => replica.metrics()))
    const lines = texts.flatMap((text) => text.split('\n'))
    const sum = (metric: string) =>
      lines
        .filter((l) => l.startsWith(`${metric}{`) && names.some((name) => l.includes(`client_service="${name}-cli"`)))
        .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
    const [connections, failures, bytes] = ['connections', 'failures', 'bytes'].map((n) =>
      sum(`headwater_edge_${n}_total`),
    )
    return { connections, failures, bytes }
  }

  async function traffic(name: string) {
    const server = startServer(folder.path, `${name}-srv`, ['127.0.0.1', '::1', '::'], node.path)
    programs.push(server)
    const [v4 = 0, v6 = 0, dual = 0] = await server.said
    const plan = truthPlan({ v4, v6, dual, closed: await closedPort() })
    const client = startClient(folder.path, `${name}-cli`, plan, node.path)
    programs.push(client)
    const made = (await client.said).filter((m: Made) => m.error === '')
    return { sent: made.reduce((sum, m) => sum + m.sent, 0), received: made.reduce((sum, m) => sum + m.received, 0) }
  }

  /** Sums of both ends in the flows table; equal to the truth when nothing is lost and nothing doubled. */
  const sums = async (name: string) => {
    const { columns } = await store.query.query<Record<string, number[]>>(
      `SELECT sum(connects) AS connects, sum(accepts) AS accepts, sum(closes) AS closes, sum(failures) AS failures,
         sumIf(tx_bytes, side = 'client') AS sent, sumIf(tx_bytes, side = 'server') AS received,
         sumIf(tx_bytes + rx_bytes, counted) AS counted
       FROM flows WHERE process IN ({client:String}, {server:String})`,
      { client: `${name}-cli`, server: `${name}-srv` },
    )
    return Object.fromEntries(Object.entries(columns).map(([key, values]) => [key, values[0]]))
  }
  const truth = ({ sent, received }: { sent: number; received: number }) => ({
    connects: SHORT + LONG,
    accepts: SHORT + LONG,
    closes: 2 * SHORT,
    failures: REFUSED,
    sent,
    received,
    counted: sent + received,
  })
  async function expectTruth(name: string, wanted: ReturnType<typeof truth>): Promise<void> {
    await eventually(
      'all rows',
      async () => {
        if (ended().length === 0) expect(await sums(name)).toEqual(wanted)
        return true
      },
      90_000,
    ).catch(() => undefined)
    expect(ended()).toEqual([])
    expect(await sums(name)).toEqual(wanted)
  }

  /** The one replica that gets what the agent sends; a group that has just met may still be sharing out. */
  async function working(): Promise<Replica> {
    const rows = () => Promise.all(replicas.map((replica) => replica.rows()))
    for (let round = 0; ; round++) {
      const before = await rows()
      const name = `still-${round}`
      await expectTruth(name, truth(await traffic(name)))
      const after = await rows()
      const [one, ...others] = replicas.filter((_, i) => (after[i] ?? 0) > (before[i] ?? 0))
      if (one !== undefined && others.length === 0) return one
      expect(round).toBeLessThan(3)
    }
  }

  it('has a schema', async () => {
    expect(await run(['migrate'], { env })).toMatchObject({ code: 0, stdout: expect.stringContaining('up to date') })
  })

  it('serves API and console over the store', async () => {
    const query = role(['query', '--listen', '127.0.0.1:0'])
    const found = await eventually(
      'the URL',
      () => /ready: {2}(http:\S+)\/#token=(\S+)/.exec(query.stdout()) ?? undefined,
    )
    url = found[1] ?? ''
    token = found[2] ?? ''
    expect(await get<StatusAnswer>('/api/v1/status')).toMatchObject({
      mode: 'fleet',
      bus: 'kafka',
      store: { kind: 'external' },
    })
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  it('starts without Kafka, then without its topics, says so, and loses nothing of what it sees meanwhile', async () => {
    await kafka.kill9()
    const agent = role(['agent', '--agent-netns', node.path, '--metrics-listen', '127.0.0.1:0'])
    const says = (what: RegExp) => eventually(`${what}`, () => (what.test(agent.stderr()) ? true : undefined), 60_000)
    await says(/agent is running/)
    const down = await traffic('down')
    await says(/Kafka \S+: not reachable/)
    await kafka.restart()
    await says(/Kafka \S+: lacks a topic/)
    const early = await traffic('early')
    await kafka.kill9()
    await ingest('replica-1')
    await ingest('replica-2')
    expect(await sums('down')).toMatchObject({ connects: 0 })
    expect(await sums('early')).toMatchObject({ connects: 0 })
    await kafka.restart()
    await expectTruth('down', truth(down))
    await expectTruth('early', truth(early))
    const bytes = down.sent + down.received + early.sent + early.received
    const connections = 2 * (SHORT + LONG)
    const all = { connections, failures: 2 * REFUSED, bytes }
    // Rows are to be seen a moment before they are counted.
    const settled = async () => {
      expect(await counted(['down', 'early'])).toEqual(all)
      return true
    }
    await eventually('the counters', settled, 5_000).catch(async () => {
      expect(await counted(['down', 'early'])).toEqual(all)
    })
  }, 180_000)

  it('stores each connection once while a replica leaves and the other takes over', async () => {
    const leaving = await working()
    const staying = replicas.find((r) => r !== leaving) as Replica
    left = running.find((r) => r.child === leaving.child)
    const since = performance.now()
    const leave = async () => [await leaving.stop('SIGTERM'), Math.round(performance.now() - since)]
    const [seen, [code, leftMs]] = await Promise.all([traffic('move'), leave()])
    // 1 where it was not over in time.
    expect(code).toBe(0)
    await expectTruth('move', truth(seen))
    console.info(`left within ${leftMs} ms, all stored within ${Math.round(performance.now() - since)} ms`)
    expect(await staying.rows()).toBeGreaterThan(0)
  }, 180_000)

  it('is in the API, whole', async () => {
    const filter = encodeURIComponent('{client_process="move-cli"}')
    const { edges } = await get<{ edges: { connects: number; failures: number }[] }>(
      `/api/v1/edges?group_by=process&filter=${filter}`,
    )
    expect(edges.reduce((sum, e) => sum + e.connects, 0)).toBe(SHORT + LONG)
    expect(edges.reduce((sum, e) => sum + e.failures, 0)).toBe(REFUSED)
    const { nodes, completeness } = await get<NodesAnswer>('/api/v1/nodes')
    expect(nodes).toMatchObject([{ cluster: 'it', node: 'it-node', state: 'live' }])
    expect(completeness.delivered ?? 1).toBe(1)
  })

  it('has all its topics, finds doctor', async () => {
    const { stdout } = await run(['doctor', '--json'], { env })
    const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string }[] }
    expect(checks.filter((c) => c.name === 'kafka')).toMatchObject([{ state: 'ok' }])
  })

  it('refuses topics of another number of partitions than kafka.partitions, and says both', async () => {
    const other = { ...env, HEADWATER_KAFKA_PARTITIONS: '5' }
    for (const args of [['ingest'], ['doctor']]) {
      const { code, stdout, stderr } = await run(args, { env: other })
      expect({ args, code }).toEqual({ args, code: 1 })
      expect(stdout + stderr).toMatch(/has 12 partitions, expected are 5/)
      expect(stdout + stderr).toContain('set kafka.partitions to 12')
    }
  })

  it('`headwater up` takes its data from Kafka, too', async () => {
    const roles = running.splice(0)
    const codes = await Promise.all(roles.map((r) => r.stop()))
    expect(roles.filter((_, i) => codes[i] !== 0).map((r) => lastWords([r]))).toEqual([])
    const up = await startUp(join(folder.path, 'up'), [
      '--kafka-brokers',
      kafka.brokers.join(','),
      '--cluster',
      'all-in-one',
      '--agent-netns',
      node.path,
    ])
    running.push(up)
    const state = async () => (await up.get<StatusAnswer>('/api/v1/status')).agent.state
    await eventually('the agent', async () => ((await state()) === 'running' ? true : undefined))
    const server = startServer(folder.path, 'both-srv', ['127.0.0.1'], node.path)
    programs.push(server)
    const [port = 0] = await server.said
    const plan = Array.from({ length: 20 }, () => ({
      host: '127.0.0.1',
      port,
      request: 100,
      answer: 1000,
      keep: false,
    }))
    const client = startClient(folder.path, 'both-cli', plan, node.path)
    programs.push(client)
    await client.said
    const filter = encodeURIComponent('{client_process="both-cli"}')
    const edge = await eventually(
      'its edge',
      async () => {
        const { edges } = await up.get<EdgesAnswer>(`/api/v1/edges?group_by=process&filter=${filter}`)
        return edges.find((e) => e.closes === 20)
      },
      60_000,
    )
    expect(edge).toMatchObject({ connects: 20, client_to_server_bytes: 2_000, server_to_client_bytes: 20_000 })
  }, 120_000)
})
