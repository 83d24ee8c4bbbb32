import { readFile } from 'node:fs/promises'
import { flowColumnNames } from '@headwater/contracts'
import { afterEach, expect, it } from 'vitest'
import type { StoreClient } from '../client/client.js'
import { encodeFlows } from '../native/encode.js'
import { type FlowRow, flowBlock, memoryLogger, startTestStore, type TestStore } from '../testing/index.js'
import { migrate } from './migrate.js'
import { LATEST_SCHEMA, type Migration, migrations } from './migrations.js'

let store: TestStore | undefined
afterEach(async () => {
  await store?.stop()
  store = undefined
})

const HOUR = 3_600_000
const logger = memoryLogger()

/** A server with the schema that a release left behind, statement by statement. */
async function saved(version: number): Promise<StoreClient> {
  store = await startTestStore()
  await store.admin.command('DROP DATABASE headwater SYNC')
  const text = await readFile(new URL(`../../test/fixtures/schema-${version}.sql`, import.meta.url), 'utf8')
  for (const statement of text.split(/;\n+/).filter((s) => s.trim() !== '')) await store.admin.command(statement)
  return store.admin
}

/** Rows as that schema's programs wrote them, two minutes in each of two hours. */
async function fillOld(client: StoreClient): Promise<void> {
  await client.command(
    `INSERT INTO headwater.flows (time, start, cluster, node, instance, sequence, side, counted, transport, local_ip, local_port,
       remote_ip, remote_port, tx_bytes, rx_bytes, tx_wire_bytes, rx_wire_bytes, connects, failures, failure_reason, connect_us, srtt_us,
       local_service, remote_service)
     SELECT fromUnixTimestamp64Milli(toInt64({hour:Int64} + intDiv(number, 2) * ${HOUR} + 60000 * (number % 2))) AS t, t, 'c', 'n', 'i', 1,
       'client', 1, 'tcp', toIPv6('::ffff:10.0.0.1'), 40000, toIPv6('::ffff:10.0.0.2'), 80, 100, 7, 150, 60, 1, 1, 'refused', 500, 50,
       'shop', 'cart'
     FROM numbers(4)`,
    { hour: Math.floor(Date.now() / (6 * HOUR)) * 6 * HOUR },
  )
  await client.command(
    `INSERT INTO headwater.endpoints (kind, realm, cluster, node, instance, netns, transport, address, port, pid, process, valid_from, valid_to)
     VALUES ('listener', 'c', 'c', 'n', 'i', 1, 'tcp', '::ffff:10.0.0.2', 80, 7, 'nginx', now64(3), NULL)`,
  )
}

const one = async (client: StoreClient, sql: string): Promise<Record<string, unknown>> => {
  const { columns } = await client.query(sql)
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[0]]))
}

const sums = (table: string) =>
  `SELECT sum(rows) AS n, sum(client_to_server_bytes) AS up, sum(connects) AS connects, sumMap(failures_by_reason) AS failures,
     sumMap(srtt_us_histogram) AS srtt, uniqExact(time) AS times FROM headwater.${table}`

it('brings schema 1 with rows in it to the newest, and loses or doubles none', async () => {
  const client = await saved(1)
  await fillOld(client)
  const before = await one(client, sums('edges_1m'))
  expect(before).toEqual({ n: 4, up: 400, connects: 4, failures: { refused: 4 }, srtt: { 22: 4 }, times: 4 })
  expect(await migrate({ client, logger })).toMatchObject({ from: 1, to: LATEST_SCHEMA })
  expect((await migrate({ client, logger })).changes).toEqual([])

  expect(await one(client, sums('edges_1m'))).toEqual(before)
  expect(await one(client, sums('edges_1h'))).toEqual({ ...before, times: 2 })
  expect(await one(client, 'SELECT count() AS n, sum(tx_bytes) AS up FROM headwater.flows')).toEqual({ n: 4, up: 400 })
  expect(await one(client, 'SELECT count() AS n FROM headwater.zones_1h')).toEqual({ n: 0 })
  const endpoint = 'SELECT process, service, container_name, labels, toUnixTimestamp64Milli(process_start) AS started'
  expect(await one(client, `${endpoint} FROM headwater.endpoints FINAL`)).toEqual({
    process: 'nginx',
    service: '',
    container_name: '',
    labels: {},
    started: 0,
  })

  const rows: FlowRow[] = [{ tx_bytes: 11n, path_class: 'cross-zone', connects: 1 }]
  const block = flowBlock(rows)
  for (let attempt = 0; attempt < 2; attempt++)
    await store?.ingest.insertNative('flows', encodeFlows(block.columns, block.rows), { token: 'new' })
  for (const table of ['edges_1m', 'edges_1h'])
    expect(await one(client, sums(table))).toMatchObject({ n: 5, up: 411, connects: 5 })
  expect(await one(client, 'SELECT path_class, client_to_server_bytes AS up FROM headwater.zones_1h')).toEqual({
    path_class: 'cross-zone',
    up: 11,
  })
})

it('gives a store of schema 1 the tables that a new store has', async () => {
  const described = async (client: StoreClient) =>
    (
      await client.query(
        `SELECT table, name, type, comment FROM system.columns WHERE database = 'headwater' AND NOT endsWith(table, '_view')
         ORDER BY table, name`,
      )
    ).columns
  const old = await saved(1)
  await migrate({ client: old, logger })
  const after = await described(old)
  await old.command('DROP DATABASE headwater SYNC')
  await migrate({ client: old, logger })
  const fresh = await described(old)
  const names = (columns: Record<string, unknown[]>) =>
    columns.table?.map((t, i) => `${t}.${columns.name?.[i]} ${columns.type?.[i]}`)
  expect(names(after)).toEqual(names(fresh))
  expect(names(fresh)?.filter((n) => n.startsWith('flows.'))).toHaveLength(flowColumnNames.length)
})

it('fills the hours once, though the step is interrupted and run by several', async () => {
  const client = await saved(1)
  await fillOld(client)
  const broken: Migration = {
    ...(migrations[1] as Migration),
    statements: (context) => [...(migrations[1] as Migration).statements(context).slice(0, 4), 'SELECT throwIf(1)'],
  }
  await expect(migrate({ client, logger, migrations: [migrations[0] as Migration, broken] })).rejects.toThrow()
  await Promise.all(Array.from({ length: 3 }, () => migrate({ client, logger })))
  expect(await one(client, sums('edges_1h'))).toMatchObject({ n: 4, up: 400, times: 2 })
})
