import { createRequire } from 'node:module'
import { setTimeout as wait } from 'node:timers/promises'

/** What a fetch brought of one partition. */
interface Fetched {
  rawMessages: readonly { value?: Uint8Array | null }[]
}

interface PartitionMetadata {
  partitionId: number
  leader: number | null
}

/** What this guard needs of kafkajs' consumer in its group. */
export interface ConsumerGroup {
  maxWaitTime: number
  /** Of one fetch, as the messages lie on the brokers. */
  maxBytes: number
  cluster: { findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[] }
  subscriptionState: { subscriptionStatesByTopic: Record<string, { paused: Set<number>; pauseAll: boolean }> }
  preferredReadReplicasPerTopicPartition: Record<string, object | undefined>
  fetch(nodeId: number): Promise<Fetched[]>
  findReadReplicaForPartitions(topic: string, partitions: readonly number[]): Record<number, number[]>
}

export interface ConsumerGroupClass {
  prototype: ConsumerGroup
}

const load = createRequire(import.meta.url)

export const consumerGroupClass = (): ConsumerGroupClass =>
  load('kafkajs/src/consumer/consumerGroup.js') as ConsumerGroupClass

/**
 * Of what a fetch may bring, as the messages lie on the brokers, so much may be under way once they are unpacked: what brokers have sent and is not handled
 * yet. kafkajs has a fetch of each broker under way at the same time, and no bound for them together.
 */
export const UNDER_WAY_FETCHES = 96
const FULL_PAUSE_MS = 100

/** A consumer that has nothing to do asks less often: a heartbeat goes out after each answer, and one a second is enough. */
const MOST_WAIT_MS = 1000

const sumOf = (all: Iterable<number>): number => {
  let sum = 0
  for (const one of all) sum += one
  return sum
}

const guarded = new WeakSet<object>()

/** Bytes of messages, unpacked, in the fetch that brought this batch: of all partitions. */
const fetches = new WeakMap<object, number>()
export const fetchBytesOf = (batch: object): number | undefined => fetches.get(batch)

/** Who leads which of these partitions, as long as nobody has told anything else. */
const leaders = new WeakMap<
  readonly number[],
  { metadata: readonly PartitionMetadata[]; found: Record<number, number[]> }
>()

/**
 * kafkajs 2.2.4 hands each partition of an answer to its workers, with a heartbeat for each, whether there is anything in it or not, and looks for
 * the leaders of all partitions before each request in the square of their number: 1,000 idle partitions took a tenth of a core.
 * Guarded, only what has messages is handed on, leaders are looked for when the brokers have told of others, and an idle consumer waits longer for an answer,
 * but where partitions are paused, which are asked for again with the next request. No broker is asked for more while what the others have sent is as much
 * as may be under way.
 */
export function guardIdleFetch(group: ConsumerGroupClass = consumerGroupClass()): void {
  if (guarded.has(group)) return
  guarded.add(group)
  const { fetch, findReadReplicaForPartitions } = group.prototype
  const waits = new WeakMap<ConsumerGroup, number>()
  /** Bytes of messages by broker. */
  const underWay = new WeakMap<ConsumerGroup, Map<number, number>>()

  group.prototype.fetch = async function (nodeId) {
    const least = waits.get(this) ?? this.maxWaitTime
    waits.set(this, least)
    // kafkajs asks a broker again when all that it sent is handled.
    const brought = underWay.get(this) ?? new Map<number, number>()
    underWay.set(this, brought)
    brought.delete(nodeId)
    if (sumOf(brought.values()) >= this.maxBytes * UNDER_WAY_FETCHES) {
      await wait(FULL_PAUSE_MS)
      return []
    }
    const fetched = (await fetch.call(this, nodeId)).filter(({ rawMessages }) => rawMessages.length > 0)
    const bytes = sumOf(fetched.flatMap((f) => f.rawMessages.map(({ value }) => value?.byteLength ?? 0)))
    brought.set(nodeId, bytes)
    for (const batch of fetched) fetches.set(batch, bytes)
    const { subscriptionStatesByTopic } = this.subscriptionState
    const pauses = Object.values(subscriptionStatesByTopic).some(({ paused, pauseAll }) => pauseAll || paused.size > 0)
    this.maxWaitTime = fetched.length > 0 || pauses ? least : Math.max(least, MOST_WAIT_MS)
    return fetched
  }

  group.prototype.findReadReplicaForPartitions = function (topic, partitions) {
    // Only where a rack is configured, which this package does not.
    const others = this.preferredReadReplicasPerTopicPartition[topic] ?? {}
    if (Object.keys(others).length > 0) return findReadReplicaForPartitions.call(this, topic, partitions)
    const metadata = this.cluster.findTopicPartitionMetadata(topic)
    const known = leaders.get(partitions)
    if (known?.metadata === metadata) return known.found
    const found = findReadReplicaForPartitions.call(this, topic, partitions)
    leaders.set(partitions, { metadata, found })
    return found
  }
}
