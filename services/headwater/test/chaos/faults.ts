import { setTimeout as sleep } from 'node:timers/promises'
import type { TestKafka } from '@headwater/bus/testing'
import type { TestStore } from '@headwater/store/testing'
import { type Replica, startReplica } from '../support/replica.js'

/** What a round of faults works on. */
export interface Ground {
  kafka: TestKafka
  store: TestStore
  replicas: Replica[]
  env: Record<string, string>
  /** Numbers the replicas. */
  next: number
}

const TRIES = 4

/** Where the store is away, a replica that starts says so and ends: it is started again, as whatever looks after it would. */
async function add(ground: Ground): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      ground.replicas.push(await startReplica(`chaos-${ground.next++}`, ground.env))
      return
    } catch (error) {
      if (tried === TRIES) throw error
    }
  }
}

export const startReplicas = async (ground: Ground, count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await add(ground)
}

/** Each with what it does to the ground; all are kill -9 or as sudden. */
export const faults: Record<string, (ground: Ground) => Promise<void>> = {
  'ingest killed': async (ground) => {
    const [killed] = ground.replicas.splice(0, 1)
    await killed?.stop('SIGKILL')
    await add(ground)
  },
  'store killed': async ({ store }) => {
    process.kill(store.store.server?.pid as number, 'SIGKILL')
  },
  'broker killed': async ({ kafka }) => {
    await kafka.kill9()
    await kafka.restart()
  },
  'ingest added, another left': async (ground) => {
    await add(ground)
    const [left] = ground.replicas.splice(0, 1)
    await left?.stop('SIGTERM')
  },
  'broker stopped': async ({ kafka }) => {
    await kafka.pause()
    await sleep(5000)
    await kafka.resume()
  },
  'ingest and store killed': async (ground) => {
    const [killed] = ground.replicas.splice(0, 1)
    process.kill(ground.store.store.server?.pid as number, 'SIGKILL')
    await killed?.stop('SIGKILL')
    await add(ground)
  },
}
