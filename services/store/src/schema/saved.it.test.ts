import { readFile } from 'node:fs/promises'
import { flowColumnNames } from '@headwater/contracts'
import { afterEach, expect, it } from 'vitest'
import type { StoreClient } from '../client/client.js'
import { encodeFlows } from '../native/tables.js'
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
    await store?.ingest.insertNative('flows', encodeFlows([block]), { token: 'new' })
  for (const table of ['edges_1m', 'edges_1h'])
    expect(await one(client, sums(table))).toMatchObject({ n: 5, up: 411, connects: 5 })
  expect(await one(client, 'SELECT path_class, client_to_server_bytes AS up FROM headwater.zones_1h')).toEqual({
    path_class: 'cross-zone',
    up: 11,
  })
})

it('brings schema 3 with rows in it to the newest: columns that came later are empty', async () => {
  const client = await saved(3)
  await fillOld(client)
  await client.command(
    `INSERT INTO headwater.listeners (time, instance, cluster, node, netns, address, port, pid, process, backlog, backlog_max, drops)
     VALUES (now64(3), 'i', 'c', 'n', 1, '::ffff:10.0.0.2', 80, 7, 'nginx', 2, 128, 5)`,
  )
  const migrated = await migrate({ client, logger })
  expect(migrated).toMatchObject({ from: 3, to: LATEST_SCHEMA })
  expect(migrated.changes).toEqual(
    expect.arrayContaining(['flows has a new column close_reason', 'flows has a new column uid']),
  )
  expect((await migrate({ client, logger })).changes).toEqual([])
  const listener =
    'SELECT port, backlog, drops, toString(cookie) AS cookie, handshakes, overflows FROM headwater.listeners'
  expect(await one(client, listener)).toEqual({
    port: 80,
    backlog: 2,
    drops: 5,
    cookie: '0',
    handshakes: 0,
    overflows: 0,
  })
  const later = `SELECT count() AS n, sum(uid + syn_retransmits + zero_windows_rx + busy_us + drops) AS sum,
    countIf(comm != '' OR close_reason != '' OR reset_reason != '') AS texts, sum(failures) AS failures FROM headwater.flows`
  expect(await one(client, later)).toEqual({ n: 4, sum: 0, texts: 0, failures: 4 })

  const rows: FlowRow[] = [{ close_reason: 'reset', busy_us: 2n ** 40n, zero_windows_tx: 3, ecn: 1, comm: 'w' }]
  const block = flowBlock(rows)
  await store?.ingest.insertNative('flows', encodeFlows([block]), { token: 'new' })
  expect(
    await one(
      client,
      "SELECT close_reason, toString(busy_us) AS busy, zero_windows_tx, ecn, comm FROM headwater.flows WHERE comm = 'w'",
    ),
  ).toEqual({ close_reason: 'reset', busy: (2n ** 40n).toString(), zero_windows_tx: 3, ecn: 1, comm: 'w' })
})

it('lists the batches of DNS that a store of schema 6 has, once, and those that come', async () => {
  const client = await saved(3)
  await migrate({ client, logger, migrations: migrations.slice(0, 6) })
  const ask = (sequence: number) =>
    client.command(
      `INSERT INTO headwater.dns (time, instance, sequence, node, query_name)
       SELECT now64(3), 'i', {sequence:UInt64}, 'n', toString(number) FROM numbers(3)`,
      { sequence },
      { insert_deduplication_token: `dns:${sequence}` },
    )
  for (const sequence of [1, 2]) await ask(sequence)
  await Promise.all(Array.from({ length: 3 }, () => migrate({ client, logger })))
  await ask(3)
  const { columns } = await client.query(
    'SELECT sequence, sum(rows) AS rows, count() AS n FROM headwater.dns_batches GROUP BY sequence ORDER BY sequence',
  )
  expect(columns).toEqual({ sequence: [1, 2, 3], rows: [3, 3, 3], n: [1, 1, 1] })
})

it('lists the batches of DNS of three days by partition: all of them at once are more than a query may hold', async () => {
  const client = await saved(3)
  await migrate({ client, logger, migrations: migrations.slice(0, 6) })
  const batches = 600_000
  await client.command(
    `INSERT INTO headwater.dns (time, instance, sequence, node, query_name)
     SELECT now64(3) - toIntervalSecond(intDiv(number * 3 * 86400, ${batches})), 'i', number, 'n', 'q' FROM numbers(${batches})`,
  )
  const bring = async () => {
    const { statements } = migrations[6] as Migration
    for (const statement of statements({ database: 'headwater', rawRetentionDays: 3 }))
      await client.command(statement, {}, { max_memory_usage: 60_000_000 })
  }
  const listed = () => one(client, 'SELECT sum(rows) AS n, uniqExact(sequence) AS sequences FROM headwater.dns_batches')
  await bring()
  expect(await listed()).toEqual({ n: batches, sequences: batches })
  // Where another process is not through with it yet: rows of a partition that was empty before are listed as they come.
  await client.command(
    `INSERT INTO headwater.dns (time, instance, sequence, node, query_name) SELECT now64(3) + toIntervalHour(6), 'i', ${batches}, 'n', 'q'`,
    {},
    { insert_deduplication_token: 'later' },
  )
  await bring()
  expect(await listed()).toEqual({ n: batches + 1, sequences: batches + 1 })
})

it.each([1, 3])('gives a store of schema %i the tables that a new store has', async (version) => {
  const described = async (client: StoreClient) =>
    (
      await client.query(
        `SELECT table, name, type, comment FROM system.columns WHERE database = 'headwater' AND NOT endsWith(table, '_view')
         ORDER BY table, name`,
      )
    ).columns
  const old = await saved(version)
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

it('gives tables that are there the codecs of new ones', async () => {
  const codecs = (client: StoreClient) =>
    client.query<{ name: string[]; codec: string[] }>(
      "SELECT name, compression_codec AS codec FROM system.columns WHERE database = 'headwater' AND table = 'flows' ORDER BY name",
    )
  const client = await saved(3)
  expect((await codecs(client)).columns.codec).toContain('CODEC(DoubleDelta, LZ4)')
  await migrate({ client, logger })
  const old = await codecs(client)
  await client.command('DROP DATABASE headwater SYNC')
  await migrate({ client, logger })
  expect(old.columns).toEqual((await codecs(client)).columns)
})
