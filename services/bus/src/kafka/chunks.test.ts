import type { KafkaMessage } from 'kafkajs'
import { expect, it } from 'vitest'
import { Chunks } from './chunks.js'
import { intentIn, offsetsOf } from './intents.js'

const message = (offset: number, bytes = 10) => ({ offset: String(offset), value: Buffer.alloc(bytes) }) as KafkaMessage
const offsets = (messages: readonly KafkaMessage[] = []) => messages.map((m) => Number(m.offset))
const chunks = () => new Chunks({ brokers: [], logger: console as never }, () => 'g', ['t'], 16 << 20)

it('cuts what is new by size, one message at least', () => {
  const all = [message(0, 30 << 20), message(1), message(2, 13 << 20), message(3, 13 << 20)]
  const made = chunks()
  expect(offsets(made.cut('t/0', all, 0, 3n)?.messages)).toEqual([0])
  expect(offsets(made.cut('t/0', all, 1, 3n)?.messages)).toEqual([1, 2])
  expect(made.cut('t/0', all, 3, 3n)).toMatchObject({ to: 4, intent: { last: 3n, again: false } })
})

it('cuts what was begun as it was, also from more than one fetch', () => {
  const made = chunks()
  const all = [message(5), message(6), message(7), message(8)]
  made.begin('t/0', { messages: all.slice(0, 3), intent: { last: 7n, made: 5, again: false }, to: 3 })
  expect(made.cut('t/0', all.slice(0, 2), 0, 6n)).toBeUndefined()
  const cut = made.cut('t/0', all.slice(2), 0, 8n)
  expect(offsets(cut?.messages)).toEqual([5, 6, 7])
  expect(cut).toMatchObject({ to: 1, intent: { last: 7n, made: 5, again: true } })
  made.end('t/0')
  expect(made.cut('t/0', all.slice(3), 0, 8n)).toMatchObject({ intent: { last: 8n, again: false } })
})

it('ends what was begun where the topic has lost its last messages', () => {
  const made = chunks()
  made.begin('t/0', { messages: [], intent: { last: 7n, made: 5, again: false }, to: 0 })
  expect(made.cut('t/0', [message(9)], 0, 9n)).toMatchObject({ messages: [], to: 0 })
})

it('forgets what was begun when partitions are shared out anew', () => {
  const made = chunks()
  made.begin('t/0', { messages: [], intent: { last: 7n, made: 5, again: false }, to: 0 })
  made.joined()
  expect(made.epoch).toBe(1)
  expect(made.cut('t/0', [message(9)], 0, 9n)).toMatchObject({ intent: { last: 9n, again: false } })
})

it('reads its own text beside an offset, and no other', () => {
  const intent = { last: 17n, made: 1_795_000_000_000 }
  const [{ partitions }] = offsetsOf('t', 3, 5n, intent).topics as unknown as [{ partitions: { metadata: string }[] }]
  expect(intentIn(partitions[0]?.metadata)).toEqual(intent)
  for (const text of ['', null, undefined, 'x', '{}', '{"headwater-last":17}', '{"headwater-last":"1e3"}'])
    expect(intentIn(text)).toBeUndefined()
})

it('takes one of a version that did not say when it was made for made now', () => {
  const since = Date.now()
  const { last, made = 0 } = intentIn('{"headwater-last":"17"}') ?? {}
  expect(last).toBe(17n)
  expect(made).toBeGreaterThanOrEqual(since)
})
