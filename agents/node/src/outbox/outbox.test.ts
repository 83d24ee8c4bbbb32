import { type BusMessage, topics } from '@headwater/contracts'
import { afterEach, expect, test, vi } from 'vitest'
import { recordingLogger } from '../testing/logger.js'
import { RecordingProducer } from '../testing/recording-producer.js'
import { Backoff } from './backoff.js'
import { Outbox } from './outbox.js'
import { type Parcel, ParcelQueue, parcelBytes } from './queue.js'

const parcel = (n: number, bytes = 100): Parcel => ({
  kind: 'flows',
  messages: [{ topic: topics.flows, key: 'i', value: new Uint8Array(bytes).fill(n), headers: { n: String(n) } }],
  rows: 10,
})
const numbers = (messages: BusMessage[]) => messages.map((m) => Number(m.headers?.n))

function setUp(queueBytes = 1e6) {
  const producer = new RecordingProducer()
  const logger = recordingLogger()
  const dropped: [number, string][] = []
  const refused: Error[] = []
  const outbox = new Outbox({
    producer,
    queueBytes,
    logger,
    onDrop: (p, reason) => dropped.push([numbers(p.messages)[0]!, reason]),
    onRefused: (e) => refused.push(e),
    backoff: new Backoff(() => 0),
  })
  return { producer, logger, dropped, refused, outbox }
}

let running: Outbox | undefined
afterEach(async () => {
  await running?.stop(0)
  running = undefined
})

test('the queue drops the oldest, never what is being sent', () => {
  const dropped: number[] = []
  const size = parcelBytes(parcel(0))
  const queue = new ParcelQueue(size * 3, (p) => dropped.push(p.messages[0]!.value[0]!))
  for (const n of [1, 2, 3]) queue.push(parcel(n))
  expect(queue.take(1, 1e6).map((p) => p.messages[0]!.value[0])).toEqual([1])
  queue.push(parcel(4))
  queue.push(parcel(5))
  expect(dropped).toEqual([2, 3])
  queue.settle(true)
  expect(queue.take(9, 1e6).map((p) => p.messages[0]!.value[0])).toEqual([4, 5])
  queue.settle(true)
  expect([queue.bytes, queue.length]).toEqual([0, 0])
  queue.push(parcel(6, size * 4))
  expect(dropped).toEqual([2, 3, 6])
})

test('parcels of two kinds do not go together: endpoints are taken by the bus before the rows that they explain', () => {
  const queue = new ParcelQueue(1e6, () => {})
  for (const kind of ['endpoints', 'endpoints', 'flows', 'report'] as const) queue.push({ ...parcel(1), kind })
  const groups: string[][] = []
  while (queue.length > 0) {
    groups.push(queue.take(9, 1e6).map((p) => p.kind))
    queue.settle(true)
  }
  expect(groups).toEqual([['endpoints', 'endpoints'], ['flows'], ['report']])
})

test('delivers in order', async () => {
  const { producer, outbox } = setUp()
  running = outbox
  outbox.start()
  for (let n = 0; n < 50; n++) outbox.push(parcel(n))
  await vi.waitFor(() => expect(producer.messages).toHaveLength(50))
  expect(numbers(producer.messages)).toEqual(Array.from({ length: 50 }, (_, n) => n))
})

test('the memory of a parcel is used again when the bus has taken it at once; after a failure it may be under way still', async () => {
  const { producer, outbox, dropped } = setUp()
  running = outbox
  const again: number[] = []
  const push = (n: number) => outbox.push({ ...parcel(n), recycle: () => again.push(n) })
  producer.refuses = (m) => m.headers?.n === '1'
  for (let n = 0; n < 4; n++) push(n)
  expect(again).toEqual([])
  outbox.start()
  await vi.waitFor(() => expect(numbers(producer.messages)).toEqual([0, 2, 3]))
  push(4)
  await vi.waitFor(() => expect(again).toEqual([4]))
  expect(dropped).toEqual([[1, 'bus-too-large']])
})

test('starts without a bus, says so once, delivers everything later', async () => {
  const { producer, outbox, logger, dropped } = setUp()
  running = outbox
  producer.failing = { code: 'unavailable' }
  outbox.start()
  for (let n = 0; n < 5; n++) outbox.push(parcel(n))
  await new Promise((r) => setTimeout(r, 400))
  expect(producer.messages).toHaveLength(0)
  expect(outbox.connected).toBe(false)
  producer.failing = undefined
  await vi.waitFor(() => expect(producer.messages).toHaveLength(5), 3000)
  expect(dropped).toEqual([])
  expect(logger.lines.filter((l) => l.startsWith('warn'))).toHaveLength(1)
  expect(logger.lines.filter((l) => l.startsWith('info the bus takes messages again'))).toHaveLength(1)
  expect(outbox.connected).toBe(true)
})

test('full: the oldest are counted out, the newest arrive', async () => {
  const { producer, outbox, dropped, logger } = setUp(parcelBytes(parcel(0)) * 4)
  running = outbox
  for (let n = 0; n < 10; n++) outbox.push(parcel(n))
  outbox.start()
  await vi.waitFor(() => expect(numbers(producer.messages)).toEqual([6, 7, 8, 9]))
  expect(dropped).toEqual([0, 1, 2, 3, 4, 5].map((n) => [n, 'outbox-full']))
  expect(logger.lines.filter((l) => l.includes('full'))).toHaveLength(1)
})

test('one message that is refused for good is dropped alone, and counted by its code', async () => {
  const { producer, outbox, dropped } = setUp()
  running = outbox
  producer.refuses = (m) => m.headers?.n === '3'
  for (let n = 0; n < 6; n++) outbox.push(parcel(n))
  outbox.start()
  await vi.waitFor(() => expect(numbers(producer.messages)).toEqual([0, 1, 2, 4, 5]))
  expect(dropped).toEqual([[3, 'bus-too-large']])
})

test('waits as long as the bus asks for', async () => {
  const { producer, outbox } = setUp()
  running = outbox
  outbox.start()
  await vi.waitFor(() => expect(producer.started).toBe(true))
  producer.failing = { code: 'backpressure', retryAfterMs: 600 }
  outbox.push(parcel(1))
  await vi.waitFor(() => expect(producer.attempts).toBe(1))
  producer.failing = undefined
  await new Promise((r) => setTimeout(r, 350))
  expect(producer.attempts).toBe(1)
  await vi.waitFor(() => expect(producer.messages).toHaveLength(1))
})

test('a bus that refuses to be started is told to the owner', async () => {
  const { producer, outbox, refused } = setUp()
  running = outbox
  producer.failing = { code: 'unauthorized' }
  outbox.start()
  outbox.push(parcel(1))
  await new Promise((r) => setTimeout(r, 500))
  expect(refused).toHaveLength(1)
  producer.failing = undefined
  await vi.waitFor(() => expect(producer.messages).toHaveLength(1), 3000)
})

test('a topic that is not there yet is waited for, which is said and is no refusal', async () => {
  const { producer, outbox, refused, logger } = setUp()
  running = outbox
  producer.failing = { code: 'unavailable' }
  outbox.start()
  outbox.push(parcel(1))
  await vi.waitFor(() => expect(logger.lines).toHaveLength(1))
  producer.failing = { code: 'no-topic' }
  await vi.waitFor(() => expect(logger.lines).toHaveLength(2), 3000)
  await new Promise((r) => setTimeout(r, 500))
  expect(logger.lines).toEqual(Array(2).fill(expect.stringMatching(/^warn the bus does not take messages/)))
  expect(refused).toEqual([])
  producer.failing = undefined
  await vi.waitFor(() => expect(producer.messages).toHaveLength(1), 3000)
})

test('stop delivers what it can', async () => {
  const { producer, outbox, dropped } = setUp()
  outbox.start()
  for (let n = 0; n < 5; n++) outbox.push(parcel(n))
  await outbox.stop(2000)
  expect(producer.messages).toHaveLength(5)
  expect(producer.stopped).toBe(true)
  expect(dropped).toEqual([])
})

test('stop counts and says what it could not deliver', async () => {
  const { producer, outbox, dropped, logger } = setUp()
  producer.failing = { code: 'unavailable' }
  outbox.start()
  for (let n = 0; n < 3; n++) outbox.push(parcel(n))
  await outbox.stop(100)
  expect(dropped).toEqual([0, 1, 2].map((n) => [n, 'undelivered']))
  expect(logger.lines.some((l) => l.startsWith('error stopped with messages'))).toBe(true)
})

test('backoff doubles to its bound, with jitter, and keeps to what was asked', () => {
  const backoff = new Backoff(() => 1)
  expect(Array.from({ length: 9 }, () => backoff.next())).toEqual([
    200, 400, 800, 1600, 3200, 6400, 12800, 15000, 15000,
  ])
  backoff.reset()
  expect(backoff.next(1000)).toBe(1200)
  expect(new Backoff(() => 0).next()).toBe(100)
})
