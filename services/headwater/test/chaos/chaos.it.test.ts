import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createKafkaProducer, ensureTopics } from '@headwater/bus'
import { silentLogger as logger, startTestKafka } from '@headwater/bus/testing'
import { addTruth, Fleet, noTruth, Simulation } from '@headwater/simulate'
import { startTestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lastWords, skip, temporaryFolder } from '../support/headwater.js'
import { hasJava } from '../support/java.js'
import { DoublingProducer } from './doubling.js'
import { faults, type Ground, startReplicas } from './faults.js'
import { expectedOf, heldBy } from './truth.js'

/** How often each fault happens: `npm run chaos -- --rounds N` has it. */
const ROUNDS = Number(process.env.HEADWATER_CHAOS_ROUNDS ?? 1)
const NODES = 12
const ROWS_PER_SECOND = Number(process.env.HEADWATER_CHAOS_RATE ?? 3000)
const CLUSTER = 'chaos'
const TRUE_WITHIN_MS = 120_000

const reason = hasJava() ? undefined : 'Kafka needs Java 17 and Maven'

describe.skipIf(skip('chaos', reason))(`${ROUNDS} rounds of faults under load`, () => {
  const folder = temporaryFolder()
  const done: Record<string, number> = {}
  let ground: Ground

  beforeAll(async () => {
    const [kafka, store] = await Promise.all([startTestKafka(), startTestStore()])
    const { url, access } = store.store.connection
    const env = {
      HEADWATER_KAFKA_BROKERS: kafka.brokers.join(','),
      HEADWATER_CLICKHOUSE_URL: url,
      HEADWATER_CLICKHOUSE_USER: access.admin.user,
      HEADWATER_CLICKHOUSE_PASSWORD: access.admin.password,
      HEADWATER_DATA_DIR: join(folder.path, 'data'),
    }
    ground = { kafka, store, replicas: [], env, next: 1 }
    await ensureTopics({ brokers: kafka.brokers, logger })
    await startReplicas(ground, 2)
  })
  afterAll(async () => {
    await Promise.all((ground?.replicas ?? []).map((replica) => replica.stop()))
    await ground?.store.stop()
    await ground?.kafka.stop()
    folder.remove()
  })

  it('leaves each table with what was sent, once', { timeout: 120_000 + ROUNDS * 180_000 }, async () => {
    const { kafka, store } = ground
    const fleet = new Fleet({ nodes: NODES, cluster: CLUSTER, run: 'chaos' })
    const producer = new DoublingProducer(createKafkaProducer({ brokers: kafka.brokers, logger, retries: 2 }), 20)
    const simulation = new Simulation({ fleet, producer, logger, flowsPerSecond: ROWS_PER_SECOND, intervalMs: 500 })
    await simulation.start()
    try {
      await sleep(4000)
      for (let round = 0; round < ROUNDS; round++)
        for (const [name, happen] of Object.entries(faults)) {
          await happen(ground)
          done[name] = (done[name] ?? 0) + 1
          await sleep(2000 + 137 * round)
        }
    } finally {
      await simulation.stop()
    }
    const truth = noTruth()
    addTruth(truth, simulation.truth)
    const expected = expectedOf(truth)
    const prefix = 'simulated-chaos-'
    const held = () => heldBy(store.query, CLUSTER, prefix).catch(() => ({}))
    for (const until = Date.now() + TRUE_WITHIN_MS; Date.now() < until; await sleep(500))
      if (JSON.stringify(await held()) === JSON.stringify(expected)) break
    // What is on its way still would show now.
    await sleep(2000)
    console.log(
      JSON.stringify({
        chaos: done,
        doubled: producer.doubled,
        rows_skipped: simulation.rowsSkipped,
        rows: truth.rows,
      }),
    )
    expect(await held(), lastWords(ground.replicas, 40)).toEqual(expected)
    expect(producer.doubled).toBeGreaterThan(0)
  })
})
