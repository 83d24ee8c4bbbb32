import { setTimeout as sleep } from 'node:timers/promises'
import type { TestKafka } from '@headwater/bus/testing'
import type { TestStore } from '@headwater/store/testing'
import { eventually } from '../support/headwater.js'
import { type Replica, startReplica } from '../support/replica.js'
import type { Disk } from './disk.js'

/** What a round of faults works on. */
export interface Ground {
  kafka: TestKafka
  store: TestStore
  replicas: Replica[]
  env: Record<string, string>
  /** Numbers the replicas. */
  next: number
  /** Where the store keeps its files, if that is a file system of its own. */
  disk: Disk | undefined
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

const serverOf = ({ store }: Ground): number => store.store.server?.pid as number

const triesOf = async ({ replicas }: Ground): Promise<number> => {
  const samples = await Promise.all(
    replicas.map((replica) => replica.samples(/^headwater_ingest_store_retries_total$/)),
  )
  return samples.flat().reduce((sum, { value }) => sum + value, 0)
}

/**
 * Waits until a replica has noticed, which it does once partitions are shared out, and then longer than one waits before it gives a chunk back (10 s).
 * @throws where none notices: it would be no fault then
 */
async function felt(ground: Ground, what: string, keepUp = () => {}): Promise<void> {
  const before = await triesOf(ground)
  const noticed = async () => {
    keepUp()
    return (await triesOf(ground)) > before || undefined
  }
  await eventually(`${what}: an insert tried again`, noticed, 90_000)
  for (const until = Date.now() + 12_000; Date.now() < until; await sleep(200)) keepUp()
}

const settingOfFlows = ({ store }: Ground, setting: string): Promise<void> =>
  store.admin.command(`ALTER TABLE headwater.flows ${setting}`)

/** Each with what it does to the ground; those that kill do it with -9. */
export const faults: Record<string, (ground: Ground, awayMs: number) => Promise<void>> = {
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
  'broker away': async ({ kafka }, awayMs) => {
    await kafka.pause()
    await sleep(awayMs)
    await kafka.resume()
  },
  'ingest and store killed': async (ground) => {
    const [killed] = ground.replicas.splice(0, 1)
    process.kill(ground.store.store.server?.pid as number, 'SIGKILL')
    await killed?.stop('SIGKILL')
    await add(ground)
  },
  'store refuses': async (ground) => {
    const { admin } = ground.store
    await admin.command('DETACH TABLE headwater.flows')
    await felt(ground, 'store refuses')
    await admin.command('ATTACH TABLE headwater.flows')
  },
  'store slow': async (ground) => {
    const pid = serverOf(ground)
    for (const until = Date.now() + 12_000; Date.now() < until; ) {
      process.kill(pid, 'SIGSTOP')
      await sleep(400)
      process.kill(pid, 'SIGCONT')
      await sleep(20)
    }
  },
  'too many parts': async (ground) => {
    await settingOfFlows(ground, 'MODIFY SETTING parts_to_delay_insert = 1, parts_to_throw_insert = 1')
    await felt(ground, 'too many parts')
    await settingOfFlows(ground, 'RESET SETTING parts_to_delay_insert, parts_to_throw_insert')
  },
  'store out of disk': async (ground) => {
    const { disk } = ground
    if (disk === undefined) return
    await felt(ground, 'store out of disk', disk.fill)
    disk.free()
  },
}
