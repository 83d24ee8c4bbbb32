import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { placeIn, serviceOfUnit } from '../src/identity/cgroup.js'
import type { Agent, AgentOptions } from '../src/index.js'
import { EnginePeer, inspectedContainer, listedContainer } from '../src/testing/engine-peer.js'
import { RecordingProducer } from '../src/testing/recording-producer.js'
import { sum } from '../src/testing/rows.js'
import { TestCgroups } from './cgroups.js'
import { PortRows, testAgent, until } from './harness.js'
import { type ChildPlace, CLIENT_NAME, Peers, SERVER_NAME } from './peers.js'
import { probeMissing } from './probe-available.js'

const missing = await probeMissing()
const cgroups = new TestCgroups()

let agent: Agent | undefined
let peers: Peers | undefined
let engine: EnginePeer | undefined
afterEach(async () => {
  await agent?.stop()
  await peers?.stop()
  await engine?.end()
  await cgroups.end()
})

/** Five connections between the two, and what the agent said of them. */
async function observed(places: { server?: ChildPlace; client?: ChildPlace }, over: Partial<AgentOptions> = {}) {
  const producer = new RecordingProducer()
  agent = testAgent(producer, { dockerSocket: '', ...over })
  await agent.start()
  const before = Date.now()
  peers = await new Peers().start('127.0.0.1', places)
  const { client, port } = peers
  await client.order({ order: 'hold', count: 5, host: '127.0.0.1', port })
  const started = { before, after: Date.now() }
  const rows = new PortRows(producer, port)
  const listeners = () => producer.endpoints().filter((e) => e.kind === 'listener' && e.port === port)
  await until(() => rows.client.length >= 5 && rows.server.length >= 5 && listeners().length > 0)
  return { client, rows, listeners, started }
}

/** The one value that all rows have in each of the columns. */
function said(rows: PortRows['all'], ...columns: (keyof PortRows['all'][number])[]) {
  return columns.map((column) => {
    const values = [...new Set(rows.map((row) => row[column]))]
    return values.length === 1 ? values[0] : values
  })
}

const columns = ['process', 'local_service', 'service_source', 'local_namespace', 'unit'] as const
/** Where this test itself is put: its children are there too. */
const own = placeIn(readFileSync('/proc/self/cgroup', 'utf8'))

describe.skipIf(missing !== undefined)('who it is, on this kernel', () => {
  test('names that processes declare, at both ends and in the endpoint', async () => {
    const { rows, listeners, started } = await observed({
      server: { env: { OTEL_SERVICE_NAME: 'cart' } },
      client: { env: { OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=shop,service.name=front%20end' } },
    })
    expect(said(rows.client, ...columns)).toEqual([CLIENT_NAME, 'front end', 'otel', 'shop', own.unit])
    expect(said(rows.server, ...columns)).toEqual([SERVER_NAME, 'cart', 'otel', '', own.unit])
    expect(listeners().at(-1)).toMatchObject({
      pid: peers?.server.pid,
      process: SERVER_NAME,
      service: 'cart',
      service_source: 'otel',
      namespace: '',
      unit: own.unit,
    })
    const starts = [rows.client, rows.server].flatMap((of) => said(of, 'process_start'))
    for (const start of [...starts, listeners().at(-1)?.process_start]) {
      // Ticks of 10 ms, and a wall clock that may be slewed.
      expect(start).toBeGreaterThan(started.before - 1000)
      expect(start).toBeLessThan(started.after + 1000)
    }
    await peers?.client.order({ order: 'release' })
    await until(() => sum(rows.all, 'closes') >= 10)
    expect(said(rows.all, 'service_source')).toEqual(['otel'])
  })

  test('without one: the unit that this test runs in, else the executable', async () => {
    const { rows, listeners } = await observed({})
    const service = (process: string) => (own.unit === '' ? process : serviceOfUnit(own.unit))
    const source = own.unit === '' ? 'process' : 'unit'
    expect(said(rows.client, ...columns)).toEqual([CLIENT_NAME, service(CLIENT_NAME), source, '', own.unit])
    expect(said(rows.server, ...columns)).toEqual([SERVER_NAME, service(SERVER_NAME), source, '', own.unit])
    expect(listeners().at(-1)).toMatchObject({ service: service(SERVER_NAME), service_source: source })
  })

  test('a process in the cgroup of a unit', async (context) => {
    const unit = `hw-test-${process.pid}.service`
    const made = cgroups.make(unit)
    if ('missing' in made) {
      console.warn(`SKIP a process in the cgroup of a unit: ${made.missing}`)
      return context.skip(made.missing)
    }
    const { rows, listeners } = await observed({ server: { cgroup: made.folder } })
    expect(said(rows.server, ...columns)).toEqual([SERVER_NAME, `hw-test-${process.pid}`, 'unit', '', unit])
    expect(listeners().at(-1)).toMatchObject({ service: `hw-test-${process.pid}`, service_source: 'unit', unit })
  })

  test('a process in the cgroup of a container, whose engine comes later than the agent', async (context) => {
    const id = process.pid.toString(16).padStart(64, '0')
    const made = cgroups.make(`docker-${id}.scope`)
    if ('missing' in made) {
      console.warn(`SKIP a process in the cgroup of a container: ${made.missing}`)
      return context.skip(made.missing)
    }
    engine = new EnginePeer()
    const { rows, listeners } = await observed({ server: { cgroup: made.folder } }, { dockerSocket: engine.socketPath })
    const of = ['local_service', 'service_source', 'local_namespace', 'container_id', 'container_name'] as const
    expect(said(rows.server, ...of)).toEqual([SERVER_NAME, 'process', '', id, ''])

    const labels = { 'com.docker.compose.service': 'cart', 'com.docker.compose.project': 'shop' }
    await engine.serve((path) => (path === '/containers/json' ? [] : inspectedContainer(id, 'shop-cart-1', labels)))
    await until(() => listeners().at(-1)?.container_name === 'shop-cart-1')
    expect(listeners().at(-1)).toMatchObject({
      service: 'cart',
      service_source: 'container',
      namespace: 'shop',
      labels,
    })
    const open = rows.server.length
    await peers?.client.order({ order: 'exchange', length: 10, answer: 10 })
    await until(() => rows.server.length >= open + 5)
    expect(said(rows.server.slice(-5), ...of)).toEqual(['cart', 'container', 'shop', id, 'shop-cart-1'])
  })

  test('a hostile engine: what it says of a container is made safe in rows, listeners and labels', async (context) => {
    const id = (process.pid + 1).toString(16).padStart(64, '0')
    const made = cgroups.make(`docker-${id}.scope`)
    if ('missing' in made) {
      console.warn(`SKIP a hostile engine: ${made.missing}`)
      return context.skip(made.missing)
    }
    const hostile = 'a\u001b[31m\u009b2J\r\n\u202eb\u2066<img src=x onerror=alert(1)>"\'\ud800'
    const safe = 'a\ufffd[31m\ufffd2J\ufffd\ufffd\ufffdb\ufffd<img src=x onerror=alert(1)>"\'\ufffd'
    const labels = {
      'com.docker.compose.service': hostile,
      'com.docker.compose.project': `p\u001b${'x'.repeat(1000)}`,
      [`key ${hostile}`]: hostile,
      __proto__x: 'y',
    }
    engine = new EnginePeer()
    await engine.serve((path) =>
      path === '/containers/json' ? [listedContainer(id, hostile, labels, `img\u202e${'i'.repeat(1000)}`)] : undefined,
    )
    const { rows, listeners } = await observed({ server: { cgroup: made.folder } }, { dockerSocket: engine.socketPath })
    const of = ['local_service', 'service_source', 'container_name', 'container_image'] as const
    expect(said(rows.server, ...of)).toEqual([safe, 'container', safe, `img\ufffd${'i'.repeat(249)}`])
    expect(said(rows.server, 'local_namespace')).toEqual([`p\ufffd${'x'.repeat(126)}`])
    const endpoint = listeners().at(-1)
    expect(endpoint).toMatchObject({ service: safe, container_name: safe })
    expect(endpoint?.labels).toMatchObject({
      'com.docker.compose.service': safe,
      [`key ${safe}`]: safe,
      __proto__x: 'y',
    })
    expect(JSON.stringify(endpoint)).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u)
  })
})
