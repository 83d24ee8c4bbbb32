import { expect, it } from 'vitest'
import { Lags } from './lags.js'

const message = (offset: number, timestamp: number) => ({ offset: String(offset), timestamp: String(timestamp) })

it('adds up messages over the partitions of a topic, and has the oldest one’s age', () => {
  const lags = new Lags()
  expect(lags.topics(0)).toEqual([])
  lags.fetched('flows', 0, '110', [message(100, 50_000), message(101, 51_000)])
  lags.fetched('flows', 1, '5', [message(4, 58_000)])
  lags.fetched('nodes', 0, '1', [message(0, 59_000)])
  expect(lags.topics(60_000)).toEqual([
    { topic: 'flows', messages: 11, seconds: 10 },
    { topic: 'nodes', messages: 1, seconds: 1 },
  ])
  lags.done('flows', 0, message(101, 51_000))
  lags.done('flows', 1, message(4, 58_000))
  lags.done('nodes', 0, message(0, 59_000))
  expect(lags.topics(60_000)).toEqual([
    { topic: 'flows', messages: 8, seconds: 9 },
    { topic: 'nodes', messages: 0, seconds: 0 },
  ])
  lags.done('flows', 7, message(1, 1))
  lags.clear()
  expect(lags.topics(60_000)).toEqual([])
})
