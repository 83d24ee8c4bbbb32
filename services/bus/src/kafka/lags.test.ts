import { expect, it } from 'vitest'
import { Lags } from './lags.js'

const message = (offset: number, timestamp: number) => ({ offset: String(offset), timestamp: String(timestamp) })

it('adds up messages over the partitions of a topic, and has the oldest one’s age', () => {
  const lags = new Lags()
  expect(lags.topics(0)).toEqual([])
  lags.fetched('flows', 0, '110', [message(100, 50_000), message(101, 51_000)])
  lags.fetched('flows', 1, '5', [message(4, 58_000)])
  lags.fetched('nodes', 0, '1', [message(0, 59_000)])
  const [first, second] = [
    { partition: 0, messages: 10, seconds: 10 },
    { partition: 1, messages: 1, seconds: 2 },
  ]
  const [one] = [{ partition: 0, messages: 1, seconds: 1 }]
  expect(lags.topics(60_000)).toEqual([
    { topic: 'flows', messages: 11, seconds: 10, partitions: [first, second] },
    { topic: 'nodes', messages: 1, seconds: 1, partitions: [one] },
  ])
  lags.done('flows', 0, message(101, 51_000))
  lags.done('flows', 1, message(4, 58_000))
  lags.done('nodes', 0, message(0, 59_000))
  const none = (partition: number) => ({ partition, messages: 0, seconds: 0 })
  expect(lags.topics(60_000)).toEqual([
    { topic: 'flows', messages: 8, seconds: 9, partitions: [{ partition: 0, messages: 8, seconds: 9 }, none(1)] },
    { topic: 'nodes', messages: 0, seconds: 0, partitions: [none(0)] },
  ])
  lags.done('flows', 7, message(1, 1))
  lags.clear()
  expect(lags.topics(60_000)).toEqual([])
})
