import { type BusConsumer, BusError, type BusMessage, type BusProducer, topics } from '@headwater/contracts'
import { memoryLogger } from '@headwater/store/testing'
import { expect, it } from 'vitest'
import { Metrics } from '../metrics/metrics.js'
import type { IngestOptions } from '../options.js'
import type { StoreWriter } from '../store/writer.js'
import { DeadLetters } from './dead-letters.js'

it('gives the bus bytes of its own: a producer that is stopped may hold them for longer than the message lasts', async () => {
  const held: BusMessage[] = []
  const deadLetters: BusProducer = {
    start: async () => undefined,
    stop: async () => undefined,
    publish: async (messages) => {
      held.push(...messages)
      throw new BusError('stopped', 'the producer is stopped')
    },
  }
  const options = {
    replica: '',
    consumer: {} as BusConsumer,
    deadLetters,
    logger: memoryLogger(),
  } as unknown as IngestOptions
  const value = Uint8Array.of(1, 2, 3)
  const message = { topic: topics.flows, partition: 0, offset: 5n, key: 'k', value, headers: {}, timestamp: 0 }
  const put = new DeadLetters(options, new Metrics(options), {} as StoreWriter).put({
    message,
    reason: 'not-arrow',
    detail: '',
  })
  await expect(put).rejects.toMatchObject({ code: 'unavailable' })
  value.buffer.transfer(0)
  expect(held.map((letter) => [...letter.value])).toEqual([[1, 2, 3]])
})
