// The walk over slots, as it is taken where there are many network namespaces (bpf/walk_slots.bpf.c).
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addon, objectDirectory } from '../src/addon.js'
import { type Probe, type ProbeOptions, RecordFlag, RecordKind, Side } from '../src/index.js'
import { checkOptions } from '../src/options.js'
import { bpfStatistics, buildLoad, Load, TestNamespace } from '../src/testing/index.js'
import { cannotProbe, Observer, type RecordRow, sleep } from './observe.js'
import { startPeer } from './peers.js'

const reason = cannotProbe()
if (reason) console.warn(`SKIP walk-slots: ${reason}`)

const HOST = '127.0.0.1'
/** More than those up to which each is walked over whole. */
const NAMESPACES = 6
/** More than a delayed acknowledgement takes (TCP_DELACK_MAX, 200 ms). */
const QUIET_MS = 250

describe.skipIf(reason)('walks over many network namespaces', () => {
  const namespaces: TestNamespace[] = []
  const loads: Load[] = []
  const probes: Probe[] = []
  let endStatistics: (() => Promise<void>) | undefined

  beforeAll(async () => {
    buildLoad()
    endStatistics = await bpfStatistics()
    for (let i = 0; i < NAMESPACES; i++) {
      const ns = new TestNamespace()
      namespaces.push(ns)
      ns.ip('link set lo up')
      // All on one CPU, so that walks go on beside it.
      loads.push(await Load.start({ address: HOST, cpu: 0, client: ns.path, server: ns.path }))
    }
  })
  afterEach(async () => {
    await Promise.all(probes.splice(0).map((probe) => probe.close()))
    await Promise.all(loads.map((load) => load.drop()))
  })
  afterAll(async () => {
    await Promise.all(loads.map((load) => load.stop()))
    for (const ns of namespaces) ns.remove()
    await endStatistics?.()
  })

  async function observe(options: ProbeOptions = {}): Promise<Observer> {
    const paths = namespaces.map(({ path }) => path)
    const observer = await Observer.start({ profile: 'tcp', ringBytes: 1 << 22, namespaces: paths, ...options })
    probes.push(observer.probe)
    return observer
  }

  /** Runs of the iterator's program, one a socket that it meets. */
  const iterated = ({ probe }: Observer) => probe.cost().programs.find(({ name }) => name === 'iter_tcp')?.runs ?? 0

  async function walked(observer: Observer): Promise<RecordRow[]> {
    observer.clear()
    expect(await observer.probe.walk()).toMatchObject({ namespaces: NAMESPACES, failed: 0 })
    observer.drain()
    return observer.seen
  }

  const connections = (rows: RecordRow[]) => rows.filter(({ kind }) => kind === RecordKind.Walk)
  const sum = (rows: RecordRow[], field: string) => rows.reduce((sum, row) => sum + row[field]!, 0)

  it('one pass tells of each connection that changed, older than the probe or not, and only of these', async () => {
    await Promise.all(loads.slice(0, 3).map((load) => load.hold(20)))
    const observer = await observe()
    await Promise.all(loads.slice(3).map((load) => load.hold(30)))
    await sleep(QUIET_MS)
    const before = iterated(observer)

    const first = connections(await walked(observer))
    expect(first).toHaveLength(3 * 30 * 2)
    expect(first.every(({ flags, pid }) => flags === 0 && pid! > 0)).toBe(true)
    expect(new Set(first.map(({ netns }) => netns))).toEqual(new Set(namespaces.slice(3).map(({ inode }) => inode)))
    expect(await walked(observer)).toEqual([])

    await Promise.all(loads.map((load) => load.touch()))
    await sleep(QUIET_MS)
    const second = connections(await walked(observer))
    expect(second).toHaveLength(3 * (20 + 30) * 2)
    const old = second.filter(({ flags }) => flags === RecordFlag.Preexisting)
    expect(old).toHaveLength(3 * 20 * 2)
    expect(old.every(({ pid }) => pid! > 0)).toBe(true)
    expect(second.every((row) => row.bytes_sent === 1 && row.bytes_received === 1)).toBe(true)
    for (const row of first) {
      const again = second.find(({ cookie }) => cookie === row.cookie)
      expect(again).toMatchObject({ client_isn: row.client_isn, server_isn: row.server_isn, side: row.side })
    }
    expect(await walked(observer)).toEqual([])
    expect(observer.probe.counters().walk_slot_passes).toBe(4)
    // Each namespace was walked over at the start, less than a minute ago.
    expect(iterated(observer)).toBe(before)

    const ends = observer.until(300, ({ kind }) => kind === RecordKind.Close)
    await Promise.all(loads.map((load) => load.drop()))
    const closed = await ends
    expect(closed).toHaveLength(300)
    expect([sum(closed, 'bytes_sent'), sum(closed, 'bytes_received')]).toEqual([300, 300])
  })

  it('keeps all of it while the ring is too small for a walk', async () => {
    const observer = await observe({ ringBytes: 65_536 })
    await Promise.all(loads.map((load) => load.hold(100)))
    await sleep(QUIET_MS)
    const reader = setInterval(() => observer.drain(), 5)
    try {
      await observer.probe.walk()
      const told = await observer.until(1200, ({ kind }) => kind === RecordKind.Walk)
      expect(new Set(told.map(({ cookie }) => cookie)).size).toBe(1200)
      expect(told).toHaveLength(1200)
      const counters = observer.probe.counters()
      // None is left for the next walk: this one has waited for the reader, and went on where it was.
      expect(counters).toMatchObject({ walk_deferred: 0, ring_full_walk: 0, walk_slot_passes: 1 })
      expect(counters.records_walk).toBe(observer.seen.length)
    } finally {
      clearInterval(reader)
    }
  })

  it('leaves what the ring has no room for to the next walk where nobody reads, and counts each once', async () => {
    const observer = await observe({ ringBytes: 65_536 })
    await Promise.all(loads.map((load) => load.hold(100)))
    await sleep(QUIET_MS)
    observer.clear()
    await observer.probe.walk()
    const { records_walk, walk_deferred } = observer.probe.counters()
    expect(records_walk).toBeGreaterThan(0)
    expect(records_walk! + walk_deferred!).toBe(1200)
  })

  it('repeats what is unchanged as keep-alive, listeners too', async () => {
    const observer = await observe({ keepAliveMs: 50 })
    await loads[0]?.hold(10)
    await sleep(QUIET_MS)
    const kinds = (rows: RecordRow[]) => [connections(rows).length, rows.length]
    // Each load listens at 16 ports, and has since before the probe.
    expect(kinds(await walked(observer))).toEqual([20, 20 + 16 * NAMESPACES])
    await sleep(60)
    const again = await walked(observer)
    expect(kinds(again)).toEqual([20, 20 + 16 * NAMESPACES])
    expect(again.every(({ flags }) => flags! & RecordFlag.KeepAlive)).toBe(true)
    expect(observer.probe.counters().walk_slot_passes).toBe(2)
  })

  it('tells of a full listen queue, and of a listener that is new', async () => {
    const [ns] = namespaces as [TestNamespace]
    const [full, client] = await Promise.all([
      startPeer('hw-full', { netns: ns.path }),
      startPeer('hw-client', { netns: ns.path }),
    ])
    try {
      const observer = await observe()
      const { port } = await full.do('listen', { host: HOST, backlog: 1 })
      const at = (row: RecordRow) => row.kind === RecordKind.Listener && row.local_port === port
      expect((await walked(observer)).filter(at)).toMatchObject([
        { backlog: 0, backlog_max: 1, pid: full.pid, flags: 0 },
      ])
      expect((await walked(observer)).filter(at)).toEqual([])
      full.pause()
      await client.do('begin', { host: HOST, port, count: 6 })
      let [told]: RecordRow[] = []
      for (let i = 0; i < 100 && !((told?.drops ?? 0) > 0); i++) {
        await sleep(20)
        told = (await walked(observer)).find(at) ?? told
      }
      expect(told).toMatchObject({ backlog: 2, backlog_max: 1, pid: full.pid, comm: 'hw-full' })
      expect(observer.probe.counters().walk_slot_passes).toBeGreaterThan(2)
    } finally {
      full.resume()
      await Promise.all([full.stop(), client.stop()])
    }
  })

  it('where the kernel refuses the program, walks over each namespace, and says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hw-objects-'))
    cpSync(objectDirectory, folder, { recursive: true })
    rmSync(join(folder, 'walk_slots.bpf.o'))
    const options = checkOptions({ profile: 'tcp', namespaces: namespaces.map(({ path }) => path) })
    const probe = new (addon().NativeProbe)({ ...options, objectDirectory: folder })
    try {
      expect((await probe.open()).code).toBe('')
      const missing = probe.capabilities().find(({ name }) => name === 'walk_slots')
      expect(missing).toMatchObject({ ok: false, required: false, fix: expect.stringContaining('Linux 6.2') })
      const before = probe.counters().records_walk!
      await loads[0]?.hold(10)
      expect(await probe.walk()).toMatchObject({ namespaces: NAMESPACES, failed: 0 })
      expect(probe.counters()).toMatchObject({ records_walk: before + 20, walk_slot_passes: 0 })
    } finally {
      await probe.close()
      rmSync(folder, { recursive: true })
    }
  })

  it('leaves what has lost its slot to the walk over its namespace, again and again', async () => {
    const observer = await observe({ slots: 64 })
    await loads[0]?.hold(100)
    await sleep(QUIET_MS)
    const cookies = async () => {
      const told = connections(await walked(observer))
      const without = told.filter(({ flags }) => flags! & RecordFlag.SlotTaken)
      expect(told.every(({ netns }) => netns === namespaces[0]?.inode)).toBe(true)
      expect(new Set(told.map(({ cookie }) => cookie)).size).toBe(told.length)
      return { all: told.length, without: without.map(({ cookie }) => cookie) }
    }
    const before = iterated(observer)
    const first = await cookies()
    expect(first.all).toBe(200)
    expect(first.without.length).toBeGreaterThanOrEqual(200 - 64)
    // Those that have none are told of each time that their namespace has its turn, the others when they change.
    let again = await cookies()
    for (let i = 0; i < 40 && again.all === 0; i++) {
      await sleep(100)
      again = await cookies()
    }
    expect(again).toEqual({ all: first.without.length, without: first.without })
    expect(iterated(observer)).toBeGreaterThan(before + 400)
  })

  /**
   * What no walk may break, whatever it falls into: of a connection nothing comes after its close, no counter goes back, and its
   * first sequence numbers, owner and times stay what they are.
   */
  function check(rows: RecordRow[]): { walks: number; ended: number } {
    const last = new Map<number, RecordRow>()
    let [walks, ended] = [0, 0]
    for (const row of rows) {
      if (row.kind !== RecordKind.Walk && row.kind !== RecordKind.Close) continue
      const before = last.get(row.cookie!)
      last.set(row.cookie!, row)
      if (row.kind === RecordKind.Walk) walks++
      if (!before) continue
      expect(before.kind, 'after its close').toBe(RecordKind.Walk)
      if (row.kind === RecordKind.Close) ended++
      // A slot that another socket has taken is all that was known of the first.
      const known = !(row.flags! & RecordFlag.SlotTaken)
      for (const same of known
        ? ['client_isn', 'server_isn', 'start_ns', 'established_ns', 'side', 'pid', 'comm', 'netns', 'local_port']
        : [])
        expect([same, row[same]]).toEqual([same, before[same]])
      const payload = (of: RecordRow) => of.bytes_sent! - of.bytes_retrans!
      expect(payload(row)).toBeGreaterThanOrEqual(payload(before))
      for (const grows of [
        'bytes_received',
        'segs_in',
        'segs_out',
        'data_segs_in',
        'data_segs_out',
        'busy_us',
        'time_ns',
      ])
        expect([grows, row[grows]! >= before[grows]!]).toEqual([grows, true])
    }
    return { walks, ended }
  }

  it('while connections come, send and end, each record is true and none follows a close', async () => {
    // Few slots: a pass takes microseconds, so that many meet what is in the middle of something.
    const observer = await observe({ slots: 4096 })
    const [storm, stream, rr] = loads as [Load, Load, Load]
    const streaming = namespaces[1]?.inode
    let running = true
    const work = Promise.all([storm.run('storm', 2), stream.run('stream', 2), rr.run('rr', 2)]).then(() => {
      running = false
    })
    let passes = 0
    const told: RecordRow[] = []
    const read = () => {
      observer.drain()
      told.push(...observer.seen.splice(0))
    }
    const reader = setInterval(read, 5)
    try {
      for (; running; passes++) await observer.probe.walk()
      await work
      await sleep(50)
      read()
    } finally {
      clearInterval(reader)
    }
    const { walks, ended } = check(told)
    const counters = observer.probe.counters()
    expect(counters.walk_slot_passes).toBe(passes)
    // The walks have met connections that ended while they went on, and others more than once.
    expect(ended).toBeGreaterThan(0)
    expect(walks).toBeGreaterThan(ended)
    const ends = connections(told).filter(({ netns }) => netns === streaming)
    expect(new Set(ends.map(({ side }) => side))).toEqual(new Set([Side.Client, Side.Server]))
  })
})
