import { statSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  createProbe,
  OwnerSource,
  type Probe,
  type ProbeOptions,
  RecordFlag,
  RecordKind,
  Side,
  SideSource,
} from '../src/index.js'
import { TestNamespace } from '../src/testing/index.js'
import { cannotProbe, Observer, type RecordRow, sleep } from './observe.js'
import { acceptedSince, type Peer, startPeer } from './peers.js'

const reason = cannotProbe()
if (reason) console.warn(`SKIP walk: ${reason}`)

/** More than a delayed acknowledgement takes (TCP_DELACK_MAX, 200 ms). */
const QUIET_MS = 250

describe.skipIf(reason)('walk', () => {
  const host = '127.0.0.1'
  const probes: Probe[] = []
  let ns: TestNamespace
  let server: Peer
  let client: Peer

  beforeAll(async () => {
    ns = new TestNamespace()
    ns.ip('link set lo up')
    server = await startPeer('hw-server', { netns: ns.path })
    client = await startPeer('hw-client', { netns: ns.path })
  })
  afterEach(async () => {
    await Promise.all(probes.splice(0).map((probe) => probe.close()))
  })
  afterAll(async () => {
    await client?.stop()
    await server?.stop()
    ns?.remove()
  })

  async function observe(options: ProbeOptions = {}): Promise<Observer> {
    const probe = createProbe({ ringBytes: 1 << 20, namespaces: [ns.path], ...options })
    probes.push(probe)
    await probe.open()
    return new Observer(probe)
  }

  const on = (port: number) => (row: RecordRow) => row.local_port === port || row.remote_port === port

  /** The records of one walk about one port. */
  async function walked(observer: Observer, port: number): Promise<RecordRow[]> {
    observer.clear()
    const result = await observer.probe.walk()
    expect(result.failed).toBe(0)
    expect(result.namespaces).toBeGreaterThan(0)
    observer.drain()
    return observer.seen.filter(on(port))
  }

  /** A connection that was accepted, has written, and whose delayed acknowledgements have come. */
  async function openQuiet(port: number, bytes: number): Promise<{ id: number; port: number }> {
    const before: number[] = await server.do('accepted')
    const opened = await client.do('open', { host, port })
    await client.do('write', { id: opened.id, bytes })
    await acceptedSince(server, before)
    await sleep(QUIET_MS)
    return opened
  }

  const bySide = (list: RecordRow[], side: number) =>
    list.find((row) => row.kind === RecordKind.Walk && row.side === side) as RecordRow

  it('tells of a live connection when it changed, and only then', async () => {
    const observer = await observe()
    const { id, port } = await server.do('listen', { host, hold: true })
    const opened = await openQuiet(port, 1000)

    const first = await walked(observer, port)
    expect(first.filter((row) => row.kind === RecordKind.Walk)).toHaveLength(2)
    expect(bySide(first, Side.Client)).toMatchObject({ bytes_sent: 1000, pid: client.pid, state: 1, flags: 0 })
    expect(bySide(first, Side.Server)).toMatchObject({ bytes_received: 1000, pid: server.pid, flags: 0 })
    expect(bySide(first, Side.Server).established_ns).toBeGreaterThan(0)

    expect(await walked(observer, port)).toEqual([])

    await client.do('write', { id: opened.id, bytes: 234 })
    const second = await walked(observer, port)
    expect(second).toHaveLength(2)
    expect(bySide(second, Side.Client).bytes_sent! - bySide(first, Side.Client).bytes_sent!).toBe(234)
    expect(bySide(second, Side.Server).bytes_received! - bySide(first, Side.Server).bytes_received!).toBe(234)
    expect(bySide(second, Side.Client).cookie).toBe(bySide(first, Side.Client).cookie)

    await client.do('destroy', { id: opened.id })
    await server.do('unlisten', { id })
  })

  it('repeats an unchanged connection as keep-alive', async () => {
    const observer = await observe({ keepAliveMs: 50 })
    const { id, port } = await server.do('listen', { host, hold: true })
    const opened = await openQuiet(port, 10)
    expect(await walked(observer, port)).toHaveLength(3)
    await sleep(60)
    const again = await walked(observer, port)
    expect(again).toHaveLength(3)
    expect(again.every((row) => row.flags === RecordFlag.KeepAlive)).toBe(true)
    await client.do('destroy', { id: opened.id })
    await server.do('unlisten', { id })
  })

  it('knows the owners, sides and id of a connection older than the probe, and of its close', async () => {
    const { id, port } = await server.do('listen', { host, hold: true })
    const opened = await openQuiet(port, 77)
    const observer = await observe()
    observer.drain()
    const seeded = observer.seen.filter(on(port))
    expect(seeded).toHaveLength(3)
    const [c, s] = [bySide(seeded, Side.Client), bySide(seeded, Side.Server)]
    const old = { flags: RecordFlag.Preexisting, side_source: SideSource.Walk, owner_source: OwnerSource.Walk }
    expect(c).toMatchObject({ ...old, pid: client.pid, comm: 'hw-client', exe: 'node', bytes_sent: 77, connect_us: 0 })
    expect(s).toMatchObject({ ...old, pid: server.pid, comm: 'hw-server', exe: 'node', bytes_received: 77 })
    expect([s.client_isn, s.server_isn]).toEqual([c.client_isn, c.server_isn])
    expect(c.client_isn).not.toBe(0)
    const listener = seeded.find((row) => row.kind === RecordKind.Listener)
    expect(listener).toMatchObject({ pid: server.pid, flags: RecordFlag.Preexisting })

    // A new connection to the old listener has its owner, too.
    const next = await client.do('open', { host, port })
    const fresh = await walked(observer, port)
    expect(bySide(fresh, Side.Server)).toMatchObject({ pid: server.pid, owner_source: OwnerSource.Listener, flags: 0 })

    await client.do('write', { id: opened.id, bytes: 3 })
    await client.do('reset', { id: opened.id })
    await client.do('destroy', { id: next.id })
    const closed = await observer.until(
      1,
      (row) => row.kind === RecordKind.Close && row.remote_port === port && row.local_port === opened.port,
    )
    expect(closed[0]).toMatchObject({
      cookie: c.cookie,
      bytes_sent: 80,
      pid: client.pid,
      flags: RecordFlag.Preexisting,
    })
    await server.do('unlisten', { id })
  })

  it('sees the connections of another network namespace, old and new', async () => {
    const inside = await startPeer('hw-inside', { netns: 'new' })
    try {
      const netns = statSync(`/proc/${inside.pid}/ns/net`).ino
      const { port } = await inside.do('listen', { host, hold: true })
      await inside.do('open', { host, port })
      const observer = await observe({ namespaces: [ns.path, `/proc/${inside.pid}/ns/net`] })
      observer.drain()
      const seeded = observer.seen.filter((row) => row.netns === netns)
      expect(seeded.map((row) => row.kind).sort()).toEqual(
        [RecordKind.Walk, RecordKind.Walk, RecordKind.Listener].sort(),
      )
      expect(seeded.every((row) => row.pid === inside.pid && row.flags === RecordFlag.Preexisting)).toBe(true)
      const opened = await inside.do('open', { host, port })
      await inside.do('write', { id: opened.id, bytes: 5 })
      const result = await observer.probe.walk()
      expect(result.namespaces).toBeGreaterThanOrEqual(2)
      observer.drain()
      const fresh = observer.seen.filter((row) => row.netns === netns && row.flags === 0 && row.side === Side.Client)
      expect(fresh[0]).toMatchObject({ kind: RecordKind.Walk, bytes_sent: 5, comm: 'hw-inside' })
    } finally {
      await inside.stop()
    }
  })

  it('tells of a full listen queue', async () => {
    const observer = await observe()
    const full = await startPeer('hw-full', { netns: ns.path })
    try {
      const { port } = await full.do('listen', { host, backlog: 1 })
      full.pause()
      await client.do('begin', { host, port, count: 6 })
      const isFull = (row: RecordRow) =>
        row.kind === RecordKind.Listener && row.local_port === port && row.backlog! > row.backlog_max!
      for (let i = 0; i < 100 && !observer.seen.some(isFull); i++) {
        await sleep(20)
        await observer.probe.walk()
        observer.drain()
      }
      const [listener] = observer.seen.filter(isFull)
      expect(listener).toMatchObject({ backlog: 2, backlog_max: 1, pid: full.pid, comm: 'hw-full' })
      // Drops are SYNs refused for want of room.
      const [last] = observer.seen
        .filter((row) => row.kind === RecordKind.Listener && row.local_port === port)
        .slice(-1)
      expect(last!.drops).toBeGreaterThan(0)
    } finally {
      full.resume()
      await full.stop()
    }
  })

  it('two probes see the same, each on its own', async () => {
    const [one, two] = [await observe(), await observe()]
    const { id, port } = await server.do('listen', { host, reply: 11 })
    await client.do('request', { host, port, send: 22, count: 5 })
    const isClose = (row: RecordRow) => row.kind === RecordKind.Close && row.remote_port === port
    const [first, second] = [await one.until(5, isClose, 30), await two.until(5, isClose, 30)]
    expect(first).toHaveLength(5)
    expect(second.map((row) => row.cookie).sort()).toEqual(first.map((row) => row.cookie).sort())
    await server.do('unlisten', { id })
  })
})
