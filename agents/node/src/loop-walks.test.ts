import { RecordKind } from '@headwater/native'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { logger, probe, setUp, start } from './testing/loop-setting.js'

beforeEach(setUp)
afterEach(() => {
  vi.useRealTimers()
})

const listener = { kind: RecordKind.Listener, cookie: 7, netns: 1, local_port: 80, pid: 1, side: 2 }

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
