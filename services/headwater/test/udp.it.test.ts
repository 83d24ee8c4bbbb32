import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { CostAnswer, DnsAnswer, EdgesAnswer, FlowsAnswer, MapAnswer } from '@headwater/contracts'
import { TestNamespace, wire } from '@headwater/native/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cleanEnv, eventually, noAgent, skip, startUp, temporaryFolder, type Up } from './support/headwater.js'

const PROGRAM = fileURLToPath(new URL('./programs/udp.mjs', import.meta.url))
const SERVER = '192.0.2.2'
const PORT = 5300
const COUNT = 400
const BYTES = 700
/** Of IPv4 and UDP. */
const HEADERS = 28
const BOTH_WAYS = 2 * COUNT * BYTES

describe.skipIf(skip('UDP through the whole product', noAgent))('UDP and DNS, from the kernel to the API', () => {
  const folder = temporaryFolder()
  const children: ChildProcess[] = []
  let namespaces: TestNamespace[] = []
  let up: Up

  async function program(ns: TestNamespace, service: string, ...args: (string | number)[]): Promise<string> {
    const command = [`--net=${ns.path}`, process.execPath, PROGRAM, ...args.map(String)]
    const env = cleanEnv({ OTEL_SERVICE_NAME: service })
    const child = spawn('nsenter', command, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const [line] = await once(createInterface({ input: child.stdout! }), 'line')
    return String(line)
  }

  beforeAll(async () => {
    up = await startUp(join(folder.path, 'data'))
    await eventually('the agent', async () => {
      const status = await up.get<{ agent: { state: string } }>('/api/v1/status')
      return status.agent.state === 'running' ? true : undefined
    })
    const [a, b] = [new TestNamespace(), new TestNamespace()]
    namespaces = [a, b]
    wire(a, b, [['192.0.2.1/24', `${SERVER}/24`]])
    await program(b, 'udp-server', 'server', SERVER, PORT)
    const said = JSON.parse(await program(a, 'udp-client', 'client', SERVER, PORT, COUNT, BYTES))
    expect(said).toEqual({ back: COUNT * BYTES, names: [['192.0.2.7'], 'ENOTFOUND'] })
  })
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL')
    await up?.stop()
    for (const ns of namespaces) ns.remove()
    folder.remove()
  })

  const matching = (labels: string) => `filter=${encodeURIComponent(`{client_service="udp-client",${labels}}`)}`
  const ofPort = matching(`server_port="${PORT}",transport="udp"`)

  it('is an edge like any other: both ends by name, every byte once', async () => {
    const edge = await eventually(
      'the edge',
      async () => {
        const { edges } = await up.get<EdgesAnswer>(`/api/v1/edges?${ofPort}`)
        const [found] = edges
        // A busy machine has its rows sooner if it is not asked without a pause.
        await sleep(1000)
        return found && found.client_to_server_bytes + found.server_to_client_bytes >= BOTH_WAYS ? found : undefined
      },
      60_000,
    )
    expect(edge.client_to_server_bytes).toBe(COUNT * BYTES)
    expect(edge.server_to_client_bytes).toBe(COUNT * BYTES)
    expect(edge).toMatchObject({ failures: 0, retransmits: 0 })
    const { edges } = await up.get<EdgesAnswer>(`/api/v1/edges?${ofPort}`)
    expect(edges).toHaveLength(1)
    const { flows } = await up.get<FlowsAnswer>(`/api/v1/flows?${ofPort}`)
    for (const flow of flows) expect(flow).toMatchObject({ transport: 'udp', connects: 0, accepts: 0, closes: 0 })
    const byServer = flows.filter((flow) => flow.side === 'server')
    expect(byServer.length).toBeGreaterThan(0)
    for (const flow of byServer)
      expect(flow).toMatchObject({ local_service: 'udp-server', remote_service: 'udp-client', counted: false })
    for (const flow of flows.filter((f) => f.side === 'client'))
      expect(flow).toMatchObject({ local_service: 'udp-client', remote_service: 'udp-server', counted: true })
  }, 90_000)

  it('is on the map and in the cost', async () => {
    const { edges } = await up.get<MapAnswer>(`/api/v1/map?${ofPort}`)
    expect(edges).toHaveLength(1)
    expect(edges[0]).toMatchObject({ transport: 'udp' })
    const cost = await up.get<CostAnswer>(`/api/v1/cost?${matching('server_service="udp-server",transport="udp"')}`)
    const wire = cost.by_path.reduce((sum, path) => sum + path.wire_bytes, 0)
    // Exact, with the headers, and with the two questions and answers at the same server.
    expect(wire).toBeGreaterThanOrEqual(2 * COUNT * (BYTES + HEADERS))
    expect(wire).toBeLessThan(2 * COUNT * (BYTES + HEADERS) + 500)
  })

  it('tells questions to name servers with who asked', async () => {
    const filter = encodeURIComponent('{client_service="udp-client"}')
    const { groups } = await eventually(
      'the questions',
      async () => {
        const answer = await up.get<DnsAnswer>(`/api/v1/dns?by=name,rcode,service,process&filter=${filter}`)
        return answer.groups.length >= 2 ? answer : undefined
      },
      50_000,
    )
    expect(groups.map(({ name, rcode, questions, answers }) => ({ name, rcode, questions, answers }))).toEqual([
      { name: 'known.test', rcode: 'NOERROR', questions: 1, answers: ['192.0.2.7'] },
      { name: 'nx.test', rcode: 'NXDOMAIN', questions: 1, answers: [] },
    ])
    expect(groups[0]).toMatchObject({ service: 'udp-client', process: 'node', timeouts: 0 })
  })
})
