import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createKafkaProducer, ensureTopics } from '@headwater/bus'
import { startTestKafka, type TestKafka } from '@headwater/bus/testing'
import { type BusMessage, type BusProducer, encodeDnsBatch, topics } from '@headwater/contracts'
import { connectStore, EmbeddedServer, migrate, type StoreClient, type StoreConnection } from '@headwater/store'
import { type BrittleLauncher, brittleLauncher } from '@headwater/store/testing'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { buildDnsBatch, SyntheticFleet } from '../src/testing/index.js'
import { expectTruth, silentLogger as logger, one, publishUntilTaken, until } from './support.js'

/** An insert puts a part in place in each of these, in the order of the views. */
const TABLES = 5
let folder: string
let brittle: BrittleLauncher
let server: EmbeddedServer
let store: StoreClient
let kafka: TestKafka
let producer: BusProducer
let children: ChildProcess[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-kills-'))
  await mkdir(join(folder, 'brittle'))
  brittle = await brittleLauncher(join(folder, 'brittle'), { outside: true })
  server = new EmbeddedServer({ dataDir: join(folder, 'data'), logger, launcher: brittle.launcher })
  ;[kafka] = await Promise.all([startTestKafka(), server.start()])
  const { url, access } = server.connection
  const admin = connectStore({ url, ...access.admin }, { role: 'admin', logger })
  await migrate({ client: admin, logger })
  await admin.close()
  store = connectStore({ url, ...access.ingest }, { role: 'ingest', logger })
  await ensureTopics({ brokers: kafka.brokers, logger })
  producer = createKafkaProducer({ brokers: kafka.brokers, logger })
  await producer.start()
})
afterAll(async () => {
  await producer?.stop()
  await store?.close()
  await server?.stop()
  await kafka?.stop()
  await rm(folder, { recursive: true, force: true })
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A replica that knows the store by its URL only, as one of a fleet does. Wants the built packages. */
function replica(name: string): ChildProcess {
  const { url, database, access }: StoreConnection = server.connection
  const at = { connection: { url, database, access } }
  // The store is killed at the n-th part of the chunk's tables: none of another comes in between.
  const settings = { brokers: kafka.brokers, group: 'kills', replica: name, ...at, lagEveryMs: 3_600_000 }
  const program = fileURLToPath(new URL('replica.mjs', import.meta.url))
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'inherit', 'inherit'] })
  child.stdin?.end(JSON.stringify(settings))
  children.push(child)
  return child
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
  children = children.filter((other) => other !== child)
}

const known = (sql: string, value: number) => () =>
  one(store, sql).then(
    ({ n }) => Number(n) >= value,
    () => false,
  )

/** All on one partition, as batches of one agent are: while no replica runs they wait there, and the next one reads all of them at once. */
const send = (messages: readonly BusMessage[]) =>
  publishUntilTaken(
    producer,
    messages.map((message) => ({ ...message, key: 'one-partition' })),
  )

const fleets = Array.from(
  { length: TABLES },
  (_, i) => new SyntheticFleet({ cluster: `kill-${i + 1}`, seed: 61 + i, nodes: 2, batches: 8, connections: 5 }),
)
const flowsOf = ({ messages }: SyntheticFleet) => messages.filter(({ topic }) => topic === topics.flows)
const placesOf = ({ messages }: SyntheticFleet) => messages.filter(({ topic }) => topic === topics.endpoints)

it('knows the endpoints of all that follow', { timeout: 60_000 }, async () => {
  const places = fleets.flatMap(placesOf)
  await publishUntilTaken(producer, places)
  const first = replica('first')
  await until('endpoints known', known('SELECT count() AS n FROM endpoints FINAL', places.length))
  await end(first, 'SIGTERM')
})

/** The same of questions to name servers, which fill two tables. */
const asked = [1, 2].map((table) => {
  const name = `kill-dns-${table}`
  const of = (sequence: number): BusMessage => {
    const spec = { cluster: name, realm: name, node: 'n', instance: name, sequence }
    const questions = Array.from({ length: sequence }, (_, i) => ({
      ...{ time: Date.now() - 1000, query_name: `${i}.test`, count: 1, answers: ['192.0.2.1', '192.0.2.2'] },
    }))
    return { topic: topics.dns, key: name, value: encodeDnsBatch(buildDnsBatch(spec, questions)) }
  }
  return { table, name, messages: Array.from({ length: 12 }, (_, i) => of(i + 1)) }
})

/** How many tables hold anything of it. */
async function tablesWith({ cluster }: SyntheticFleet): Promise<number> {
  const ours = (table: string) => `(SELECT count() > 0 FROM ${table} WHERE cluster = '${cluster}')`
  const zones = `(SELECT count() > 0 FROM zones_1h WHERE '${cluster}' IN (client_cluster, server_cluster))`
  const sql = `SELECT ${['flows', 'edges_1m', 'edges_1h', 'batches'].map(ours).join(' + ')} + ${zones} AS n`
  return Number((await one(store, sql)).n)
}

/** Has the store killed at a table of the next insert, and then the replica that inserts. */
async function killBoth(table: number): Promise<void> {
  const { restartCount } = server
  await brittle.killAt(table)
  const killed = replica(`killed-${table}`)
  const armed = join(folder, 'brittle', 'kill-at')
  await until('the store is killed', async () => {
    while (existsSync(armed) && killed.exitCode === null) await wait(2)
    return true
  })
  await end(killed, 'SIGKILL')
  await until('the store is back', () => server.restartCount > restartCount)
}

/**
 * Half of what a chunk brings is in when both end, and more has come by the time the next replica has the partition: cut in another
 * way, the chunk would have another token, its batches would be known as stored, and what lacks of it would be left out for good.
 */
it.each(fleets.map((fleet, i) => ({ table: i + 1, fleet })))(
  'loses and doubles nothing when the store and then ingest are killed before table $table of an insert is written',
  {
    timeout: 90_000,
  },
  async ({ table, fleet }) => {
    const flows = flowsOf(fleet)
    const [before, after] = [flows.slice(0, 9), flows.slice(9)]
    await send(before)
    await killBoth(table)
    expect(await tablesWith(fleet)).toBe(table - 1)
    // Two come again at other places, one of them of the chunk that is half in.
    await send([...after, flows[0] as BusMessage, after[0] as BusMessage])
    const next = replica(`next-${table}`)
    const ours = `WHERE cluster = '${fleet.cluster}'`
    await until(
      'all batches stored',
      known(
        `SELECT least((SELECT count() FROM flows ${ours}), (SELECT sum(rows) FROM batches ${ours})) AS n`,
        fleet.truth.rows,
      ),
    )
    await end(next, 'SIGTERM')
    await expectTruth(store, fleet)
  },
)

it.each(asked)(
  'loses and doubles no question when both are killed before table $table of an insert is written',
  { timeout: 90_000 },
  async ({ table, name, messages }) => {
    const ours = `WHERE cluster = '${name}'`
    const rows = 'sum(count) AS asked, uniqExact(sequence, query_name) AS different, sum(length(answers)) AS answers'
    await send(messages.slice(0, 7))
    await killBoth(table)
    expect((await one(store, `SELECT count() > 0 AS n FROM dns ${ours}`)).n).toBe(table - 1)
    await send([...messages.slice(7), messages[0] as BusMessage, messages[7] as BusMessage])
    const next = replica(`next-dns-${table}`)
    const sql = `SELECT least((SELECT count() FROM dns ${ours}), (SELECT sum(rows) FROM dns_batches ${ours})) AS n`
    await until('all batches stored', known(sql, 78))
    await end(next, 'SIGTERM')
    const all = { n: 78, asked: 78, different: 78, answers: 156 }
    expect(await one(store, `SELECT count() AS n, ${rows} FROM dns ${ours}`)).toEqual(all)
    const listed = `SELECT count() AS n, sum(rows) AS rows, uniqExact(sequence) AS sequences FROM dns_batches ${ours}`
    expect(await one(store, listed)).toEqual({ n: 12, rows: 78, sequences: 12 })
  },
)
