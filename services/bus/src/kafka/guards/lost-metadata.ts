import { createRequire } from 'node:module'
import { setTimeout as wait } from 'node:timers/promises'

/** What this guard needs of kafkajs' cluster: the brokers' own account of topics; null where none answered. */
export interface ClusterClass {
  prototype: { metadata(options?: { topics?: string[] }): Promise<object | null> }
}

const load = createRequire(import.meta.url)

export const clusterClass = (): ClusterClass => load('kafkajs/src/cluster/index.js') as ClusterClass

const TRIES = 4
const PAUSE_MS = 250
const guarded = new WeakSet<object>()

/**
 * kafkajs 2.2.4 swallows whatever goes wrong at each broker that it asks for metadata, and then answers null, past its own retries:
 * one connection that ends at the wrong time makes `listTopics` and `fetchTopicMetadata` fail with a TypeError (seen after a broker
 * had been stopped for some seconds). Guarded, the question is asked again, and then fails as what it is.
 */
export function guardLostMetadata(cluster: ClusterClass = clusterClass()): void {
  if (guarded.has(cluster)) return
  guarded.add(cluster)
  const ask = cluster.prototype.metadata
  cluster.prototype.metadata = async function (options) {
    for (let left = TRIES; left > 0; left--) {
      const answer = await ask.call(this, options)
      if (answer !== null) return answer
      if (left > 1) await wait(PAUSE_MS)
    }
    throw new Error('no broker answered what topics there are')
  }
}
