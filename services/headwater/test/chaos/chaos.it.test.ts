import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createKafkaProducer, ensureTopics } from '@headwater/bus'
import { silentLogger as logger, startTestKafka } from '@headwater/bus/testing'
import { memoryKib } from '@headwater/contracts/testing'
import { addTruth, Fleet, noTruth, Simulation } from '@headwater/simulate'
import { startTestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fleetEnv } from '../support/fleet-env.js'
import { lastWords, skip, temporaryFolder } from '../support/headwater.js'
import { hasJava } from '../support/java.js'
import { type Disk, makeDisk } from './disk.js'
import { DoublingProducer } from './doubling.js'
import { faults, type Ground, startReplicas } from './faults.js'
import { expectedOf, heldBy } from './truth.js'

/** How often each fault happens: `npm run chaos -- --rounds N` has it. */
const ROUNDS = Number(process.env.HEADWATER_CHAOS_ROUNDS ?? 1)
const NODES = 12
const ROWS_PER_SECOND = Number(process.env.HEADWATER_CHAOS_RATE ?? 3000)
const CLUSTER = 'chaos'
const TRUE_WITHIN_MS = 120_000
/** Of a replica, whatever is away and however long. */
const MOST_MIB = 1024

function peakMib(pid: number | undefined): number {
  try {
    return memoryKib(pid ?? 0, 'VmHWM') / 1024
  } catch {
    return 0
  }
}

const reason = hasJava() ? undefined : 'Kafka needs Java 17 and Maven'

describe.skipIf(skip('chaos', reason))(`${ROUNDS} rounds of faults under load`, () => {
  const folder = temporaryFolder()
  const done: Record<string, number> = {}
  let ground: Ground
  let disk: Disk | undefined

  beforeAll(async () => {
    disk = makeDisk(join(folder.path, 'disk'))
    const [kafka, store] = await Promise.all([
      startTestKafka(),
      startTestStore(disk === undefined ? {} : { dataDir: disk.path }),
    ])
    const env = fleetEnv(kafka.brokers, store, join(folder.path, 'data'))
    ground = { kafka, store, replicas: [], env, next: 1, disk }
    await ensureTopics({ brokers: kafka.brokers, logger })
    await startReplicas(ground, 2)
  })
  afterAll(async () => {
    await Promise.all((ground?.replicas ?? []).map((replica) => replica.stop()))
    await ground?.store.stop()
    await ground?.kafka.stop()
    disk?.remove()
    folder.remove()
  })

  it('leaves each table with what was sent, once', { timeout: 120_000 + ROUNDS * 300_000 }, async () => {
    const { kafka, store } = ground
    const fleet = new Fleet({ nodes: NODES, cluster: CLUSTER, run: 'chaos' })
    const producer = new DoublingProducer(createKafkaProducer({ brokers: kafka.brokers, logger, retries: 2 }), 20)
    const simulation = new Simulation({ fleet, producer, logger, flowsPerSecond: ROWS_PER_SECOND, intervalMs: 500 })
    let peak = 0
    await simulation.start()
    try {
      await sleep(4000)
      for (let round = 0; round < ROUNDS; round++)
        for (const [name, happen] of Object.entries(faults)) {
          // Once as long as a broker may be away for a new machine; the group has no member left by then.
          await happen(ground, ROUNDS > 1 && round === 0 ? 60_000 : 5_000)
          done[name] = (done[name] ?? 0) + 1
          peak = Math.max(peak, ...ground.replicas.map(({ child }) => peakMib(child.pid)))
          await sleep(2000 + 137 * round)
        }
    } finally {
      await simulation.stop()
    }
    const truth = noTruth()
    addTruth(truth, simulation.truth)
    const expected = expectedOf(truth)
    const prefix = 'simulated-chaos-'
    const held = () => heldBy(store.query, CLUSTER, prefix).catch((error: Error) => ({ error: error.message }))
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
        peak_mib: Math.round(peak),
      }),
    )
    const found = await held()
    if ('error' in found) throw new Error(`the store does not say: ${found.error}\n${lastWords(ground.replicas, 5)}`)
    expect(found, lastWords(ground.replicas, 40)).toEqual(expected)
    expect(producer.doubled).toBeGreaterThan(0)
    expect(peak).toBeLessThan(MOST_MIB)
  })
})
