import { topics } from '@headwater/contracts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { silentLogger as logger } from '../../../test/support.js'
import { startTestKafka, type TestKafka } from '../../testing/index.js'
import { connectKafka } from '../client.js'
import { ensureTopics } from '../topics.js'
import { type ClusterClass, clusterClass, guardLostMetadata } from './lost-metadata.js'

let kafka: TestKafka
beforeAll(async () => {
  kafka = await startTestKafka()
  await ensureTopics({ brokers: kafka.brokers, logger })
})
afterAll(() => kafka?.stop())

/** kafkajs' class as it was made, and how many of its answers get lost: what it does itself where a connection ends. */
function lossy(lost: number): { Cluster: ClusterClass; restore(): void } {
  const Cluster = clusterClass()
  const before = Cluster.prototype.metadata
  let left = lost
  class Lossy {}
  const prototype = Lossy.prototype as ClusterClass['prototype']
  prototype.metadata = async function (options) {
    const answer = await before.call(this, options)
    return left-- > 0 ? null : answer
  }
  return {
    Cluster: Lossy as unknown as ClusterClass,
    restore: () => {
      Cluster.prototype.metadata = before
    },
  }
}

async function listed(lost: number, guard: boolean): Promise<string[]> {
  const admin = connectKafka({ brokers: kafka.brokers, logger }, 2).admin()
  const { Cluster, restore } = lossy(lost)
  if (guard) guardLostMetadata(Cluster)
  clusterClass().prototype.metadata = Cluster.prototype.metadata
  try {
    await admin.connect()
    return await admin.listTopics()
  } finally {
    restore()
    await admin.disconnect()
  }
}

it('asks again where kafkajs lost the answer, which kafkajs alone does not', async () => {
  await expect(listed(1, false)).rejects.toThrow(TypeError)
  expect(await listed(2, true)).toContain(topics.flows)
})

it('says in the end that no broker answered', async () => {
  await expect(listed(99, true)).rejects.toThrow('no broker answered')
})
