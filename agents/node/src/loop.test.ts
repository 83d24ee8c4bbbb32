import { type Probe, RecordBatch, RecordKind } from '@headwater/native'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ownInterfaces } from './endpoints/interfaces.js'
import { Loop, type LoopOptions } from './loop.js'
import type { Parcel } from './outbox/queue.js'
import { Pipeline } from './pipeline.js'
import { Tally } from './report/tally.js'
import { dnsRecords, type Message, question } from './testing/dns-records.js'
import { dnsLayout, flowLayout } from './testing/flow-layout.js'
import { recordingLogger } from './testing/logger.js'
import { syntheticRecords } from './testing/synthetic-records.js'

/** A probe whose ring the test fills, and that fails when told to: faults that a kernel does not make on demand. */
class RingOfTest implements Probe {
  readonly layout = flowLayout()
  readonly dnsLayout = dnsLayout()
  messages: Message[] = []
  ring: Record<string, number>[] = []
  consumed = 0
  walks = 0
  failing: 'consume' | 'walk' | undefined
  slotPasses = 0
  async open() {}
  async close() {}
  addresses = async () => []
  capabilities = () => []
  counters = () => ({ walk_slot_passes: this.slotPasses })
  losses = () => ({})
  inventory = () => []
  limits = async () => []
  detach = async () => {}
  attach = async () => {}
  cost = () => ({ ringBytes: 0, ringPeakBytes: 0, kernelBytes: 0, programs: [] })
  bootOffsetMs = () => Date.now() - 1_000_000
  consumeDns() {
    const messages = this.messages.splice(0)
    return messages.length === 0 ? undefined : dnsRecords(messages)
  }
  consume() {
    this.consumed++
    if (this.failing === 'consume') throw new Error('ring unreadable')
    const records = this.ring.splice(0)
    return records.length === 0 ? undefined : syntheticRecords(records)
  }
  async walk() {
    this.walks++
    if (this.failing === 'walk') throw new Error('no iterator')
    this.ring.push({ ...record, kind: RecordKind.Walk, cookie: 1000 + this.walks })
    return { namespaces: 1, failed: 0, durationMs: 1 }
  }
}
const record = { kind: RecordKind.Close, cookie: 1, time_ns: 5, established_ns: 1, side: 1, pid: 1, bytes_sent: 10 }

const listener = { kind: RecordKind.Listener, cookie: 7, netns: 1, local_port: 80, pid: 1, side: 2 }

let probe: RingOfTest
let parcels: Parcel[]
let logger: ReturnType<typeof recordingLogger>
let tally: Tally
let selfPids: Set<number>
let connected: boolean

function start(over: Partial<LoopOptions> = {}) {
  const pipeline = new Pipeline({
    identity: { cluster: 'c', node: 'n', realm: 'r', zone: '', region: '' },
    instance: 'i',
    version: '0',
    maxConnections: 1024,
    selfPids: () => selfPids,
    tally,
    send: (p) => parcels.push(p),
    connected: () => connected,
    readProc: () => undefined,
  })
  const failed: Error[] = []
  const loop = new Loop({
    probe,
    pipeline,
    interfaces: ownInterfaces,
    logger,
    intervalMs: 5000,
    flushMs: 500,
    reportMs: 10_000,
    report: () => {},
    onFailed: (e) => failed.push(e),
    ...over,
  })
  loop.start()
  return { loop, failed, pipeline }
}

const flows = () => parcels.filter((p) => p.kind === 'flows').length

beforeEach(() => {
  vi.useFakeTimers()
  probe = new RingOfTest()
  parcels = []
  logger = recordingLogger()
  tally = new Tally()
  selfPids = new Set()
  connected = true
})
afterEach(() => {
  vi.useRealTimers()
})

test('turns slow down to 100 ms when nothing comes, and come earlier as more does', async () => {
  const most = 1024
  const { buffer } = syntheticRecords(Array.from({ length: most }, () => record))
  const records = new RecordBatch(flowLayout(), buffer, most)
  let waiting = 0
  let turns = 0
  probe.consume = (): RecordBatch | undefined => {
    records.length = Math.min(most, waiting)
    waiting -= records.length
    // Else the rest is taken without another wait.
    if (records.length < most) turns++
    return records.length === 0 ? undefined : records
  }
  const turnsOfASecond = async (rate: number) => {
    const before = turns
    for (let ms = 0; ms < 1000; ms += 10) {
      waiting += rate / 100
      await vi.advanceTimersByTimeAsync(10)
    }
    return turns - before
  }
  start()
  await vi.advanceTimersByTimeAsync(1000)
  expect(await turnsOfASecond(0)).toBe(10)
  // The first of them was waited for longer.
  expect(await turnsOfASecond(100)).toBe(19)
  expect(await turnsOfASecond(30_000)).toBe(20)
  const many = await turnsOfASecond(60_000)
  expect(many).toBeGreaterThan(25)
  expect(many).toBeLessThan(40)
  expect(await turnsOfASecond(200_000)).toBeGreaterThan(40)
  await vi.advanceTimersByTimeAsync(1000)
  expect(await turnsOfASecond(0)).toBe(10)
})

test('rows go after half a second, own rows with the next flush or after 30 s, and later while the bus is away', async () => {
  start()
  await vi.advanceTimersByTimeAsync(600)
  probe.ring.push(record)
  await vi.advanceTimersByTimeAsync(100)
  expect(flows()).toBe(1)
  probe.ring.push(record)
  await vi.advanceTimersByTimeAsync(300)
  expect(flows()).toBe(1)
  await vi.advanceTimersByTimeAsync(300)
  expect(flows()).toBe(2)
  connected = false
  probe.ring.push(record)
  await vi.advanceTimersByTimeAsync(3000)
  expect(flows()).toBe(2)
})

test("Headwater's own rows are no reason to flush", async () => {
  selfPids.add(1)
  start({ intervalMs: 60_000 })
  await vi.advanceTimersByTimeAsync(1000)
  probe.ring.push(record)
  await vi.advanceTimersByTimeAsync(28_000)
  // The first record of a namespace brings endpoints, which do not wait.
  expect(parcels.map((p) => p.kind)).toEqual(['endpoints'])
  await vi.advanceTimersByTimeAsync(2000)
  expect(flows()).toBe(1)
})

test('walks fall due, their failure is said once, and so is that they work again', async () => {
  start()
  await vi.advanceTimersByTimeAsync(5200)
  expect(probe.walks).toBe(1)
  probe.failing = 'walk'
  await vi.advanceTimersByTimeAsync(20_000)
  probe.failing = undefined
  await vi.advanceTimersByTimeAsync(10_000)
  expect(logger.lines).toEqual([
    'warn a walk over the live connections failed: no iterator',
    'info walks over the live connections work again',
  ])
})

test('a walk that is late, since the one before goes on, is counted once', async () => {
  const end = Promise.withResolvers<void>()
  probe.walk = async () => {
    probe.walks++
    await end.promise
    return { namespaces: 1, failed: 0, durationMs: 1 }
  }
  const { loop } = start()
  await vi.advanceTimersByTimeAsync(5100)
  expect([probe.walks, loop.walksOverrun]).toEqual([1, 0])
  await vi.advanceTimersByTimeAsync(14_000)
  expect([probe.walks, loop.walksOverrun]).toEqual([1, 1])
  end.resolve()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(probe.walks).toBeGreaterThanOrEqual(3)
  expect(loop.walksOverrun).toBe(1)
})

test.each([
  ['each namespace', 0, 130_000],
  ['slots', 1, 430_000],
])('a listener that walks over %s do not tell of is held till they would have', async (_, slotPasses, untilMs) => {
  probe.slotPasses = slotPasses
  const booted = Date.now() - 1_000_000
  probe.bootOffsetMs = () => booted
  const { pipeline } = start()
  probe.ring.push({ ...listener, time_ns: 1_000_000_000_000 })
  await vi.advanceTimersByTimeAsync(untilMs - 60_000)
  expect(pipeline.listeners.size).toBe(1)
  await vi.advanceTimersByTimeAsync(90_000)
  expect(pipeline.listeners.size).toBe(0)
})

test('a queue that overflows is reported with the walk that shows it, others each 10 s', async () => {
  const reports: number[] = []
  const began = performance.now()
  const { pipeline } = start({
    report: () => {
      reports.push(Math.round((performance.now() - began) / 1000))
      pipeline.listeners.report()
    },
  })
  let drops = 0
  const listener = { kind: RecordKind.Listener, cookie: 9, local_port: 80, backlog: 0, backlog_max: 1 }
  probe.walk = async () => {
    probe.ring.push({ ...listener, drops })
    return { namespaces: 1, failed: 0, durationMs: 1 }
  }
  await vi.advanceTimersByTimeAsync(23_000)
  expect(reports).toEqual([10, 20])
  drops = 3
  await vi.advanceTimersByTimeAsync(5_000)
  drops = 6
  await vi.advanceTimersByTimeAsync(25_000)
  expect(reports).toEqual([10, 20, 25, 30, 40, 50])
})

test('a queue that a walk shows to overflow just after a report is reported at once', async () => {
  const reports: number[] = []
  const began = performance.now()
  const { pipeline } = start({
    report: () => {
      reports.push((performance.now() - began) / 1000)
      pipeline.listeners.report()
    },
  })
  const listener = { kind: RecordKind.Listener, cookie: 9, local_port: 80, backlog: 0, backlog_max: 1 }
  let drops = 0
  probe.walk = async () => {
    // It takes a moment, and the report falls due meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 150))
    probe.ring.push({ ...listener, drops, time_ns: (Date.now() - probe.bootOffsetMs()) * 1e6 })
    return { namespaces: 1, failed: 0, durationMs: 1 }
  }
  await vi.advanceTimersByTimeAsync(9_000)
  drops = 30
  await vi.advanceTimersByTimeAsync(3_000)
  expect(reports).toHaveLength(2)
  expect(reports[1]).toBeLessThan(11)
})

test('records that cannot be read are lost, and counted: those of connections and those of DNS messages', async () => {
  const { pipeline } = start()
  const message = { bytes: question(1, 'a.example') }
  let [wrong, wrongDns] = [1, 1]
  probe.consume = () => (wrong-- > 0 ? dnsRecords([message, message, message]) : undefined)
  probe.consumeDns = () => (wrongDns-- > 0 ? (syntheticRecords([record, record]) as RecordBatch) : undefined)
  await vi.advanceTimersByTimeAsync(1000)
  expect(tally.dropped).toEqual({ 'agent-error': 3 })
  expect(pipeline.dns.tally.dropped).toEqual({ 'agent-error': 2 })
  expect(logger.lines.filter((line) => line.startsWith('error a turn of the agent failed'))).not.toEqual([])
})

test('a probe that fails at every turn is told to the owner, once', async () => {
  const { failed } = start()
  probe.failing = 'consume'
  await vi.advanceTimersByTimeAsync(20_000)
  expect(failed.map((e) => e.message)).toEqual(['ring unreadable'])
  expect(logger.lines).toEqual(['error a turn of the agent failed: ring unreadable'])
})

test('stop walks once more and takes what is in the ring', async () => {
  const { loop } = start()
  await vi.advanceTimersByTimeAsync(200)
  probe.ring.push(record)
  const stopped = loop.stop(1000)
  await vi.advanceTimersByTimeAsync(2000)
  await stopped
  expect(probe.walks).toBe(1)
  expect(probe.ring).toEqual([])
  const turns = probe.consumed
  await vi.advanceTimersByTimeAsync(2000)
  expect(probe.consumed).toBe(turns)
})

test('a machine that has slept: what the walk then tells of is not taken for ended', async () => {
  const { pipeline } = start()
  const offset = Date.now() - 1_000_000
  probe.bootOffsetMs = () => offset
  const live = () => ({ ...record, kind: RecordKind.Walk, cookie: 7, time_ns: (Date.now() - offset) * 1e6 })
  probe.ring.push(live())
  await vi.advanceTimersByTimeAsync(64_000)
  vi.setSystemTime(Date.now() + 1_200_000)
  probe.walk = async () => {
    probe.ring.push(live())
    return { namespaces: 1, failed: 0, durationMs: 1 }
  }
  await vi.advanceTimersByTimeAsync(2000)
  expect(pipeline.connections.find(7, 0)).toBeGreaterThanOrEqual(0)
  expect(pipeline.counters()['agent.late_baselines']).toBe(0)
})

test('a wall clock that is set an hour on ends no connection', async () => {
  const { pipeline } = start()
  let boot = Date.now() - 1_000_000
  probe.bootOffsetMs = () => boot
  probe.ring.push({ ...record, kind: RecordKind.Walk, cookie: 7, time_ns: 1_000_000e6 })
  // Just after the offset for rows was read, and before ages are looked at.
  await vi.advanceTimersByTimeAsync(62_000)
  vi.setSystemTime(Date.now() + 3_600_000)
  boot += 3_600_000
  await vi.advanceTimersByTimeAsync(4000)
  expect(pipeline.connections.find(7, 0)).toBeGreaterThanOrEqual(0)
})

test('nor does it give up a question to a name server before its time', async () => {
  const { pipeline } = start()
  const booted = Date.now() - 1_000_000
  let set = 0
  probe.bootOffsetMs = () => booted + set
  await vi.advanceTimersByTimeAsync(62_000)
  set = 3_600_000
  vi.setSystemTime(Date.now() + set)
  probe.messages.push({ bytes: question(1, 'a.test'), at: 1_062_000n * 1_000_000n })
  await vi.advanceTimersByTimeAsync(4000)
  expect(pipeline.counters()).toMatchObject({ 'agent.dns_waiting': 1, 'agent.dns_rows': 0 })
  await vi.advanceTimersByTimeAsync(2000)
  expect(pipeline.counters()).toMatchObject({ 'agent.dns_waiting': 0, 'agent.dns_rows': 1 })
})

test('the addresses of the interfaces are read anew each minute; what cannot be read is tried at the next walk', async () => {
  const interfaces = vi.fn(async () => [{ netns: 7, addresses: ['192.0.2.1'] }])
  const offset = Date.now() - 1_000_000
  probe.bootOffsetMs = () => offset
  probe.walk = async () => ({ namespaces: 1, failed: 0, durationMs: 1 })
  const { pipeline, loop } = start({ interfaces })
  const live = () => pipeline.endpoints.live
  await vi.advanceTimersByTimeAsync(6000)
  expect([interfaces.mock.calls.length, live()]).toEqual([1, 3])
  await vi.advanceTimersByTimeAsync(55_000)
  expect(interfaces).toHaveBeenCalledTimes(1)
  interfaces.mockRejectedValueOnce(new Error('unreadable'))
  interfaces.mockResolvedValue([{ netns: 7, addresses: ['192.0.2.1', '192.0.2.2'] }])
  await vi.advanceTimersByTimeAsync(5000)
  expect([interfaces.mock.calls.length, live()]).toEqual([2, 3])
  await vi.advanceTimersByTimeAsync(5000)
  expect([interfaces.mock.calls.length, live()]).toEqual([3, 4])
  expect(logger.lines[0]).toContain('unreadable')
  // An address that is gone ends after one to two hours.
  interfaces.mockResolvedValue([{ netns: 7, addresses: ['192.0.2.2'] }])
  await vi.advanceTimersByTimeAsync(7_400_000)
  expect(live()).toBe(3)
  const calls = interfaces.mock.calls.length
  const stopped = loop.stop(1000)
  await vi.advanceTimersByTimeAsync(2000)
  await stopped
  expect(interfaces).toHaveBeenCalledTimes(calls)
})
