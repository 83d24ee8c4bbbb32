// A walk over one namespace that has more to tell than the ring has room for (bpf/walk.bpf.c, `later`).
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RecordKind } from '../src/index.js'
import { bpfStatistics, buildLoad, Load, TestNamespace } from '../src/testing/index.js'
import { cannotProbe, Observer, sleep } from './observe.js'

const reason = cannotProbe()
if (reason) console.warn(`SKIP patience: ${reason}`)

const CONNECTIONS = 600
/** Each load listens at 16 ports. */
const LISTENERS = 16
/** More than a delayed acknowledgement takes (TCP_DELACK_MAX, 200 ms). */
const QUIET_MS = 250

describe.skipIf(reason)('a walk that has more to tell than the ring has room for', () => {
  let ns: TestNamespace
  let load: Load
  let observer: Observer
  let endStatistics: (() => Promise<void>) | undefined

  beforeAll(async () => {
    buildLoad()
    endStatistics = await bpfStatistics()
    ns = new TestNamespace()
    ns.ip('link set lo up')
    load = await Load.start({ address: '127.0.0.1', client: ns.path, server: ns.path })
  })
  afterEach(async () => {
    await observer?.probe.close()
    await load.drop()
  })
  afterAll(async () => {
    await load?.stop()
    ns?.remove()
    await endStatistics?.()
  })

  /** Half of the ring has room for a hundred records. */
  async function held(): Promise<void> {
    observer = await Observer.start({ profile: 'tcp', ringBytes: 65_536, namespaces: [ns.path] })
    await load.hold(CONNECTIONS)
    await sleep(QUIET_MS)
    observer.clear()
  }
  const met = () => observer.probe.cost().programs.find(({ name }) => name === 'iter_tcp')?.runs ?? 0

  it('waits for the reader, and goes on with the socket where it was: each is met once', async () => {
    await held()
    const before = met()
    const reader = setInterval(() => observer.drain(), 5)
    try {
      expect(await observer.probe.walk()).toMatchObject({ namespaces: 1, failed: 0 })
      const told = await observer.until(2 * CONNECTIONS, ({ kind }) => kind === RecordKind.Walk)
      expect(told).toHaveLength(2 * CONNECTIONS)
      expect(new Set(told.map(({ cookie }) => cookie)).size).toBe(2 * CONNECTIONS)
    } finally {
      clearInterval(reader)
    }
    expect(observer.probe.counters()).toMatchObject({ walk_deferred: 0, ring_full_walk: 0 })
    // It stops at a socket for each time that it waits, and the kernel shows those that wait out their time, too.
    expect(met() - before).toBeGreaterThanOrEqual(2 * CONNECTIONS + LISTENERS)
    expect(met() - before).toBeLessThan(2 * (2 * CONNECTIONS + LISTENERS))
  })

  it('leaves to the next what nobody reads, and counts each socket once', async () => {
    await held()
    expect(await observer.probe.walk()).toMatchObject({ namespaces: 1, failed: 0 })
    const { records_walk, walk_deferred } = observer.probe.counters()
    expect(records_walk).toBeGreaterThan(0)
    expect(records_walk! + walk_deferred!).toBe(2 * CONNECTIONS)
    observer.clear()
    expect(await observer.probe.walk()).toMatchObject({ namespaces: 1, failed: 0 })
    expect(observer.probe.counters().records_walk).toBeGreaterThan(records_walk!)
  })
})
