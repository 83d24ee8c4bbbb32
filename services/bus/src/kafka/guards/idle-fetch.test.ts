import { expect, it } from 'vitest'
import { type ConsumerGroup, consumerGroupClass, fetchBytesOf, guardIdleFetch } from './idle-fetch.js'

/** kafkajs' class with answers of ours, and what it is asked for. */
function group(answers: number[][]) {
  const Original = consumerGroupClass().prototype
  const waited: number[] = []
  const metadata = { now: [0, 1, 2].map((partitionId) => ({ partitionId, leader: 7 })) }
  let looked = 0
  class Group {
    maxWaitTime = 400
    maxBytes = 10
    preferredReadReplicasPerTopicPartition = {}
    subscriptionState = { subscriptionStatesByTopic: {} as Record<string, { paused: Set<number>; pauseAll: boolean }> }
    cluster = { findTopicPartitionMetadata: () => metadata.now }
  }
  const prototype = Group.prototype as unknown as ConsumerGroup
  prototype.fetch = async function () {
    waited.push(this.maxWaitTime)
    return (answers.shift() ?? []).map((messages) => ({
      rawMessages: Array(messages).fill({ value: Buffer.alloc(100) }),
    }))
  }
  prototype.findReadReplicaForPartitions = function (topic, partitions) {
    looked++
    return Original.findReadReplicaForPartitions.call(this, topic, partitions)
  }
  guardIdleFetch({ prototype })
  return { group: new Group() as unknown as ConsumerGroup, waited, metadata, looked: () => looked }
}

it('hands on what has messages, and waits longer while nothing has', async () => {
  const { group: one, waited } = group([[0, 3, 0], [0], [0], [1], []])
  const got = []
  for (let i = 0; i < 5; i++) got.push((await one.fetch(7)).map(({ rawMessages }) => rawMessages.length))
  expect(got).toEqual([[3], [], [], [1], []])
  expect(waited).toEqual([400, 400, 1000, 1000, 400])
})

it('does not wait longer where a partition is paused', async () => {
  const { group: one, waited } = group([[0], [0], [0]])
  const state = { paused: new Set([1]), pauseAll: false }
  one.subscriptionState.subscriptionStatesByTopic.t = state
  for (let i = 0; i < 2; i++) await one.fetch(7)
  state.paused.clear()
  for (let i = 0; i < 2; i++) await one.fetch(7)
  expect(waited).toEqual([400, 400, 400, 1000])
})

it('looks for leaders again once the brokers have told of others', () => {
  const { group: one, metadata, looked } = group([])
  const partitions = [0, 2]
  for (let i = 0; i < 3; i++) expect(one.findReadReplicaForPartitions('t', partitions)).toEqual({ 7: [0, 2] })
  expect(looked()).toBe(1)
  metadata.now = metadata.now.map((m) => ({ ...m, leader: m.partitionId }))
  expect(one.findReadReplicaForPartitions('t', partitions)).toEqual({ 0: [0], 2: [2] })
})

it('asks no broker for more while what others have sent is not handled and too much', async () => {
  const { group: one, waited } = group([[6], [4], [1], [1], [1]])
  const bytes = async (nodeId: number) => (await one.fetch(nodeId)).length
  // 10 bytes a fetch: 960 may be under way.
  expect([await bytes(1), await bytes(2), await bytes(3), await bytes(3)]).toEqual([1, 1, 0, 0])
  expect(waited).toHaveLength(2)
  // Broker 1 is asked again: what it sent is handled.
  expect([await bytes(1), await bytes(3)]).toEqual([1, 1])
})

it('knows of each batch how much its fetch brought in all', async () => {
  const { group: one } = group([[2, 0, 3], [1]])
  const [first, second] = [await one.fetch(7), await one.fetch(7)]
  expect(first.map(fetchBytesOf)).toEqual([500, 500])
  expect(second.map(fetchBytesOf)).toEqual([100])
  expect(fetchBytesOf({})).toBeUndefined()
})
