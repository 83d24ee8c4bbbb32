import { RecordKind } from '@headwater/native'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { question } from './testing/dns-records.js'
import { probe, record, setUp, start } from './testing/loop-setting.js'

beforeEach(setUp)
afterEach(() => {
  vi.useRealTimers()
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
