import { decodeFlowBatch, endpointSchema, topics } from '@headwater/contracts'
import { RecordKind, Side } from '@headwater/native'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Containers } from './identity/containers/containers.js'
import { DockerEngine } from './identity/containers/docker-engine.js'
import type { ReadProc } from './identity/proc.js'
import { EnginePeer, inspectedContainer } from './testing/engine-peer.js'
import {
  client,
  close,
  flush,
  MS,
  OFFSET,
  parcels,
  pipeline,
  selfPids,
  setUp,
  take,
} from './testing/pipeline-setting.js'
import { rowsOf } from './testing/rows.js'

beforeEach(() => setUp())

describe('names and self', () => {
  test('the executable wins over the thread name, hostile names are made safe', () => {
    take(close({ comm: 'node-MainThread', exe: 'node' }), close({ cookie: 2, exe: '', comm: 'x\u001b[2J\n' }))
    expect(flush().map((r) => r.process)).toEqual(['node', 'x\ufffd[2J\ufffd'])
  })

  test("Headwater's own: by owner, by the listener at either end; they are no reason to flush", () => {
    selfPids.add(50)
    const listener = { kind: RecordKind.Listener, netns: 4026531840, local_ip: '0.0.0.0', local_port: 4400, pid: 50 }
    take({ ...listener, cookie: 100, time_ns: MS, exe: 'node' })
    flush()
    take(close({ pid: 50 }))
    take(close({ local_ip: '127.0.0.1', remote_ip: '127.0.0.1', remote_port: 4400 }))
    take(close({ pid: 0, local_ip: '127.0.0.1', remote_ip: '127.0.0.1', local_port: 4400 }))
    expect(pipeline.urgent).toBe(false)
    expect(flush().map((r) => r.self)).toEqual([1, 1, 1])
    take(close({ pid: 50 }))
    expect(pipeline.urgent).toBe(false)
    take(close({ remote_port: 4400 }))
    expect(pipeline.urgent).toBe(true)
    expect(flush().map((r) => r.self)).toEqual([1, 0])
  })

  test("a listener on the wildcard holds its own namespace's addresses, not a pod's with a service on the same port", () => {
    selfPids.add(50)
    const listener = { kind: RecordKind.Listener, netns: 1, local_ip: '0.0.0.0', local_port: 8080, pid: 50 }
    const served = { side: Side.Server, netns: 3, local_ip: '10.1.0.3', local_port: 8080, remote_ip: '10.1.0.2' }
    take({ ...listener, cookie: 100, time_ns: MS, exe: 'node' })
    take(close({ ...served, remote_port: 40000 }))
    take(close({ netns: 2, local_ip: '10.1.0.2', remote_ip: '10.1.0.3', remote_port: 8080 }))
    expect(flush().map((r) => r.self)).toEqual([0, 0])
  })
})

describe('listeners', () => {
  test('endpoints go before the rows of the same flush', () => {
    const base = { netns: 5, local_ip: '::', local_port: 80, cookie: 9, pid: 7, exe: 'nginx', time_ns: 10 * MS }
    take({ ...base, kind: RecordKind.Listen }, close({ netns: 5 }), {
      ...base,
      kind: RecordKind.Listener,
      time_ns: 20 * MS,
      backlog: 3,
      backlog_max: 128,
      handshakes: 2,
      drops: 4,
    })
    expect(pipeline.listeners.report().listeners).toEqual([
      {
        cookie: '9',
        netns: 5,
        address: '::',
        port: 80,
        pid: 7,
        process: 'nginx',
        backlog: 3,
        backlog_max: 128,
        handshakes: 2,
        drops: 4,
        overflows: 0,
      },
    ])
    take({ ...base, kind: RecordKind.Unlisten, time_ns: 30 * MS })
    pipeline.flush()
    expect(parcels.map((p) => p.kind)).toEqual(['endpoints', 'flows'])
    const endpoints = parcels[0]!.messages.map((m) => endpointSchema.parse(JSON.parse(Buffer.from(m.value).toString())))
    expect(endpoints.map((e) => [e.kind, e.address, e.port, e.process, e.valid_from, e.valid_to])).toEqual([
      ['node-address', '127.0.0.1', 0, '', OFFSET + 10, null],
      ['node-address', '::1', 0, '', OFFSET + 10, null],
      ['listener', '::', 80, 'nginx', OFFSET + 10, OFFSET + 30],
      ['node-address', '10.0.0.1', 0, '', OFFSET + 3000, null],
    ])
  })

  test('a kind this version does not know is counted', () => {
    take({ kind: 99 })
    expect(pipeline.counters()['agent.unknown_kind']).toBe(1)
  })
})

describe('who it is', () => {
  const container = 'c'.repeat(64)
  const stat = (ticks: number) => `1 (x) S ${Array.from({ length: 49 }, () => ticks).join(' ')}`
  /** Processes by pid: cgroup and environment; all of them started 0.5 s after boot. */
  const machine: Record<number, { cgroup: string; environ: string }> = {
    50: { cgroup: '0::/system.slice/web.service', environ: '' },
    51: {
      cgroup: `0::/system.slice/docker-${container}.scope`,
      environ: 'OTEL_RESOURCE_ATTRIBUTES=service.namespace=shop,service.name=cart\0',
    },
    52: { cgroup: `0::/system.slice/docker-${container}.scope`, environ: '' },
  }
  const readProc: ReadProc = (pid, name) =>
    machine[pid] === undefined ? undefined : name === 'stat' ? stat(50) : machine[pid][name]

  test('rows and endpoints say process start, unit, container, service and how it is known', () => {
    setUp(1024, { readProc })
    const listens = {
      kind: RecordKind.Listener,
      netns: 5,
      local_ip: '::',
      local_port: 80,
      time_ns: 2000 * MS,
      exe: 'node',
    }
    take(
      { ...listens, cookie: 9, pid: 50 },
      close({ pid: 51, exe: 'node' }),
      close({ cookie: 2, pid: 99, exe: 'curl', cgroup_id: 78 }),
    )
    pipeline.flush()
    const [endpoint] = parcels[0]!.messages
      .map((m) => endpointSchema.parse(JSON.parse(Buffer.from(m.value).toString())))
      .filter((e) => e.kind === 'listener')
    expect(endpoint).toMatchObject({
      process: 'node',
      process_start: OFFSET + 500,
      service: 'web',
      service_source: 'unit',
      unit: 'web.service',
      namespace: '',
      container_id: '',
      labels: {},
    })
    const [cart, curl] = flush()
    expect(cart).toMatchObject({
      process: 'node',
      process_start: OFFSET + 500,
      local_service: 'cart',
      service_source: 'otel',
      local_namespace: 'shop',
      unit: '',
      container_id: container,
      container_name: '',
    })
    expect(curl).toMatchObject({ process_start: 0, local_service: 'curl', service_source: 'process', container_id: '' })
    expect(pipeline.counters()).toMatchObject({ 'agent.processes_gone': 1, 'agent.environ_unread': 0 })
  })

  test('the pid of an owner that is gone is not asked who it is now', () => {
    let runs = false
    const at =
      (ticks: number): ReadProc =>
      (_, name) =>
        !runs ? undefined : name === 'stat' ? stat(ticks) : name === 'cgroup' ? '0::/' : 'OTEL_SERVICE_NAME=other\0'
    setUp(1024, { readProc: at(150) })
    take(client({ pid: 60, exe: 'curl' }))
    runs = true
    // It began 1 s after boot; who has the pid now, half a second later.
    take(client({ pid: 60, exe: 'curl', time_ns: 70_000 * MS }), close({ cookie: 2, pid: 60, exe: 'curl' }))
    const later = { time_ns: 72_000 * MS, start_ns: 71_000 * MS, established_ns: 71_001 * MS }
    take(close({ cookie: 3, pid: 60, exe: 'curl', ...later }))
    expect(flush().map((r) => r.local_service)).toEqual(['curl', 'curl', 'curl', 'other'])
  })

  test('names that a runtime tells later are in the next row of an open connection, and in the endpoint again', async () => {
    const peer = await new EnginePeer().serve((path) =>
      path === '/containers/json' ? [] : inspectedContainer(container, 'shop-cart-1', { tier: 'front' }),
    )
    const containers = new Containers(new DockerEngine(peer.socketPath))
    setUp(1024, { readProc, containers })
    containers.start()
    const listens = {
      kind: RecordKind.Listener,
      netns: 5,
      local_ip: '::',
      local_port: 80,
      cookie: 9,
      pid: 52,
      exe: 'node',
    }
    const row = (ms: number) => {
      take({ ...listens, time_ns: ms * MS }, client({ time_ns: ms * MS, pid: 52, exe: 'node' }))
      pipeline.flush()
      const messages = parcels.splice(0).flatMap((p) => p.messages)
      const endpoints = messages
        .filter((m) => m.topic === topics.endpoints)
        .map((m) => endpointSchema.parse(JSON.parse(Buffer.from(m.value).toString())))
        .filter((e) => e.kind === 'listener')
      const [flow] = rowsOf(messages.filter((m) => m.topic === topics.flows).map((m) => decodeFlowBatch(m.value)))
      return { endpoints, flow }
    }
    const before = row(2000)
    await vi.waitFor(() => expect(containers.of(container).name).not.toBe(''))
    await containers.stop()
    await peer.end()
    expect([pipeline.endpointsChanged(OFFSET + 6000), pipeline.endpoints.changed]).toEqual([true, true])
    const after = row(7000)
    expect(before.flow).toMatchObject({ container_id: container, container_name: '', local_service: 'node' })
    expect(before.endpoints).toMatchObject([{ container_id: container, container_name: '', service: 'node' }])
    expect(after.flow).toMatchObject({
      container_id: container,
      container_name: 'shop-cart-1',
      container_image: 'shop/cart:1.4',
      local_service: 'shop-cart-1',
      service_source: 'container',
    })
    expect(after.endpoints).toMatchObject([
      { container_name: 'shop-cart-1', service: 'shop-cart-1', service_source: 'container', labels: { tier: 'front' } },
    ])
    expect(row(12_000).endpoints).toEqual([])
  })
})
