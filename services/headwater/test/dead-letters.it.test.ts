import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createKafkaProducer, createLocalProducer, ensureTopics } from '@headwater/bus'
import { silentLogger as logger, publishUntilTaken, startTestKafka, type TestKafka } from '@headwater/bus/testing'
import { type BusMessage, type BusProducer, encodeDnsBatch, encodeFlowBatch, topics } from '@headwater/contracts'
import { buildDnsBatch, buildFlowBatch, type FlowSpec } from '@headwater/ingest/testing'
import { startTestStore, type TestStore } from '@headwater/store/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataDirAt } from '../src/data/data-dir.js'
import { fleetEnv } from './support/fleet-env.js'
import {
  cleanEnv,
  eventually,
  noAgent,
  PROGRAM,
  run,
  skip,
  startUp,
  temporaryFolder,
  type Up,
} from './support/headwater.js'
import { hasJava } from './support/java.js'
import { type Replica, startReplica } from './support/replica.js'

interface Told {
  id: string
  topic: string
  reason: string
  detail: string
  bytes: number
  time: string
}

/** Rows are put aside from ten minutes ahead on: these no more, once so much has gone by. */
const AHEAD_MS = 600_000 + 25_000
const poison = new TextEncoder().encode('{"json": true}')

const flow = (time: number, port: number): FlowSpec => {
  const ends = { local: '10.9.0.1', local_port: port, remote: '8.8.8.8', remote_port: 443 }
  return { time, ...ends, process: 'curl', tx_bytes: 100, rx_bytes: 10, connects: 1 }
}
const batchOf = (instance: string, sequence: number, flows: FlowSpec[]): BusMessage => {
  const value = encodeFlowBatch(buildFlowBatch({ instance, sequence, node: 'n1', cluster: 'letters' }, flows))
  return { topic: topics.flows, key: instance, value }
}

const letters = async (env: Record<string, string>, ...args: string[]) => {
  const { code, stdout, stderr } = await run(['dead-letters', ...args], { env })
  return { code, stdout, stderr }
}
const listed = async (env: Record<string, string>, ...args: string[]): Promise<Told[]> => {
  const { stdout, stderr } = await letters(env, 'list', '-o', 'json', ...args)
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as Told[]
}

const reason = hasJava() ? undefined : 'Kafka needs Java 17 and Maven'

describe.skipIf(skip('dead letters on Kafka', reason))('dead letters on Kafka', () => {
  const folder = temporaryFolder()
  let kafka: TestKafka
  let store: TestStore
  let replica: Replica
  let producer: BusProducer
  let env: Record<string, string>
  let born: number

  beforeAll(async () => {
    ;[kafka, store] = await Promise.all([startTestKafka(), startTestStore()])
    await ensureTopics({ brokers: kafka.brokers, logger })
    env = fleetEnv(kafka.brokers, store, join(folder.path, 'data'))
    replica = await startReplica('letters', env)
    producer = createKafkaProducer({ brokers: kafka.brokers, logger })
    await producer.start()
    born = Date.now()
    const now = born - 1000
    const asked = (time: number) => ({ time, transport: 'udp', query_name: 'x.test', count: 1 })
    const dns = buildDnsBatch({ instance: 'i1', sequence: 1, node: 'n1', cluster: 'letters' }, [
      asked(now),
      asked(now + AHEAD_MS + 1000),
    ])
    await producer.publish([
      batchOf('i1', 1, [flow(now, 1), flow(now, 2)]),
      { topic: topics.flows, key: 'i1', value: poison, headers: { 'user-header': 'kept' } },
      // One row of it is put aside, two are stored under its sequence.
      batchOf('i1', 2, [flow(now, 3), flow(born + AHEAD_MS, 4), flow(now, 5)]),
      batchOf('i1', 3, [flow(now, 6)]),
      { topic: topics.dns, key: 'i1', value: encodeDnsBatch(dns) },
    ])
    await eventually('the letters', async () => ((await listed(env)).length === 3 ? true : undefined), 60_000)
  })
  afterAll(async () => {
    await producer?.stop()
    await replica?.stop()
    await store?.stop()
    await kafka?.stop()
    folder.remove()
  })

  const count = async (sql: string): Promise<number> => {
    const { columns } = await store.query.query<{ n: number[] }>(`SELECT toUInt32(${sql}) AS n`)
    return columns.n[0] as number
  }
  const held = async () => ({
    flows: await count("(SELECT count() FROM flows WHERE cluster = 'letters')"),
    ports: await count("(SELECT uniqExact(local_port) FROM flows WHERE cluster = 'letters')"),
    edges: await count("(SELECT sum(connects) FROM edges_1m WHERE cluster = 'letters')"),
    hours: await count("(SELECT sum(connects) FROM edges_1h WHERE cluster = 'letters')"),
    dns: await count("(SELECT count() FROM dns WHERE cluster = 'letters')"),
  })
  const dropped = async (name: string) =>
    (await replica.samples(/^headwater_ingest_rows_dropped_total$/))
      .filter(({ metric }) => metric.reason === name)
      .reduce((sum, { value }) => sum + value, 0)

  it('do not keep what is sound', async () => {
    await eventually('sound rows', async () => ((await held()).edges === 5 ? true : undefined))
    expect(await held()).toEqual({ flows: 5, ports: 5, edges: 5, hours: 5, dns: 1 })
  })

  it('are listed', async () => {
    const all = await listed(env)
    expect(all.map(({ reason }) => reason).sort()).toEqual(['from-the-future', 'from-the-future', 'not-arrow'])
    expect(await listed(env, '--reason', 'not-arrow')).toMatchObject([{ topic: topics.flows, bytes: poison.length }])
    expect(await listed(env, '--limit', '1')).toEqual(all.slice(-1))
    expect(await listed(env, '--since', new Date(Date.now() + 60_000).toISOString())).toEqual([])
    const { stdout } = await letters(env, 'list')
    expect(stdout.split('\n')[0]).toMatch(/^ID +TIME +TOPIC +REASON +SIZE +DETAIL$/)
    for (const { id, detail } of all) expect(stdout).toMatch(new RegExp(`^${id} .*${detail.slice(0, 20)}`, 'm'))
  })

  it('are shown', async () => {
    const [broken] = (await listed(env, '--reason', 'not-arrow')) as [Told]
    const { stdout } = await letters(env, 'show', broken.id)
    expect(stdout).toContain('user-header: kept')
    expect(stdout).toMatch(/begins +7b226a736f6e22/)
    const json = JSON.parse((await letters(env, 'show', broken.id, '--json')).stdout) as { value: string }
    expect(json.value).toBe(Buffer.from(poison).toString('base64'))
    const raw = spawnSync(process.execPath, [PROGRAM, 'dead-letters', 'show', broken.id, '--raw'], {
      env: cleanEnv(env),
    })
    expect([...raw.stdout]).toEqual([...poison])
    const future = (await listed(env)).find(({ detail }) => detail.startsWith('1 of 3')) as Told
    expect((await letters(env, 'show', future.id)).stdout).toMatch(/rows +1\nbatch +2 of i1\nnode +n1, cluster letters/)
  })

  it('are told apart from what is not there, and from wrong usage', async () => {
    const nowhere = await letters(env, 'show', '0-999')
    expect(nowhere).toMatchObject({ code: 1, stdout: '' })
    expect(nowhere.stderr).toContain(`There is no dead letter 0-999 in ${topics.deadLetters} on`)
    expect((await letters(env, 'replay')).code).toBe(2)
    expect((await letters(env, 'replay', '0-1', '--all')).code).toBe(2)
    expect((await letters(env, 'list', '--since', 'yesterday')).code).toBe(2)
    expect((await letters(env, 'lost')).code).toBe(2)
    const away = await letters({ ...env, HEADWATER_KAFKA_BROKERS: '127.0.0.1:1' }, 'list')
    expect(away.code).toBe(1)
    expect(away.stderr).toContain('kafka.brokers')
  })

  it('are stored once their cause is mended, and once however often', { timeout: 90_000 }, async () => {
    const wait = born + 25_000 + 2_000 - Date.now()
    const dry = await letters(env, 'replay', '--reason', 'from-the-future', '--dry-run')
    expect(dry).toMatchObject({ code: 0 })
    expect(dry.stdout).toContain('2 would be replayed, 0 cannot be')
    // Too early: they are letters again, and both of each are replayed then.
    expect((await letters(env, 'replay', '--reason', 'from-the-future')).code).toBe(0)
    await eventually('letters again', async () =>
      (await listed(env, '--reason', 'from-the-future')).length === 4 ? true : undefined,
    )
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    expect((await held()).flows).toBe(5)
    const first = await letters(env, 'replay', '--reason', 'from-the-future')
    expect(first).toMatchObject({ code: 0 })
    expect(first.stdout).toContain('4 replayed, 0 could not be')
    const whole = { flows: 6, ports: 6, edges: 6, hours: 6, dns: 2 }
    await eventually('the rows', async () =>
      JSON.stringify(await held()) === JSON.stringify(whole) ? true : undefined,
    )
    const again = await letters(
      env,
      'replay',
      ...(await listed(env, '--reason', 'from-the-future')).map(({ id }) => id),
    )
    expect(again.code).toBe(0)
    await eventually('the copies left out', async () => ((await dropped('duplicate')) === 6 ? true : undefined))
    expect(await held()).toEqual(whole)
  })

  it('are letters again where nothing was mended', async () => {
    expect((await letters(env, 'replay', '--reason', 'not-arrow')).stdout).toContain('1 replayed')
    await eventually('another', async () =>
      (await listed(env, '--reason', 'not-arrow')).length === 2 ? true : undefined,
    )
    const [, second] = (await listed(env, '--reason', 'not-arrow')) as [Told, Told]
    expect((await letters(env, 'show', second.id)).stdout).toMatch(/header +headwater-replay: \d+-\d+/)
  })
})

describe.skipIf(skip('dead letters of one machine', noAgent))('dead letters of one machine', () => {
  const folder = temporaryFolder()
  const dataDir = join(folder.path, 'data')
  const env = { HEADWATER_DATA_DIR: dataDir }
  let up: Up | undefined
  afterAll(async () => {
    await up?.stop()
    folder.remove()
  })

  it('are in the table, and go back over the local bus', { timeout: 120_000 }, async () => {
    up = await startUp(dataDir)
    const producer = createLocalProducer({ socketPath: dataDirAt(dataDir).busSocket, logger })
    await producer.start()
    const now = Date.now()
    const part = batchOf('i2', 1, [flow(now - 1000, 1), flow(now + AHEAD_MS - 21_000, 2)])
    await publishUntilTaken(producer, [part, { topic: topics.flows, key: 'i2', value: poison }])
    await producer.stop()
    const found = await listed(env)
    expect(found.map(({ reason }) => reason).sort()).toEqual(['from-the-future', 'not-arrow'])
    expect(found[0]?.id).toMatch(/^t[0-9a-f]{16}$/)
    const id = found.find(({ reason }) => reason === 'from-the-future')?.id as string
    expect((await letters(env, 'show', id)).stdout).toMatch(/rows +1\nbatch +1 of i2/)
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, now + 6000 - Date.now())))
    for (const _ of [1, 2]) expect((await letters(env, 'replay', id)).stdout).toContain('1 replayed, 0 could not be')
    const rows = async () => {
      const { flows } = await (up as Up).get<{ flows: { local_port: number }[] }>(
        `/api/v1/flows?from=now-1h&to=${now + 3_600_000}&filter=${encodeURIComponent('{client_cluster="letters"}')}`,
      )
      return flows.map(({ local_port }) => local_port).sort()
    }
    await eventually('both rows', async () => ((await rows()).length >= 2 ? true : undefined))
    expect(await rows()).toEqual([1, 2])
  })

  it('say where there is nothing to read', async () => {
    const { code, stderr } = await letters({ HEADWATER_DATA_DIR: join(folder.path, 'nothing') }, 'list')
    expect(code).toBe(1)
    expect(stderr).toContain('headwater up')
  })
})
