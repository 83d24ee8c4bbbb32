import { RecordBatch } from '@headwater/native'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { dnsRecords, question } from './testing/dns-records.js'
import { flowLayout } from './testing/flow-layout.js'
import { bus, flows, logger, parcels, probe, record, selfPids, setUp, start, tally } from './testing/loop-setting.js'
import { syntheticRecords } from './testing/synthetic-records.js'

beforeEach(setUp)
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
  bus.connected = false
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
