import { flowColumnNames } from '@headwater/contracts'
import { afterEach, describe, expect, it } from 'vitest'
import type { StoreClient } from '../client/client.js'
import { encodeFlows } from '../native/tables.js'
import { connectStore } from '../store.js'
import { flowBlock, memoryLogger, startTestStore, type TestStore } from '../testing/index.js'
import { type MigrateOptions, migrate, schemaVersion } from './migrate.js'
import { LATEST_SCHEMA, migrations } from './migrations.js'

let store: TestStore | undefined
afterEach(async () => {
  await store?.stop()
  store = undefined
})

/** A server without a schema. */
async function empty(): Promise<StoreClient> {
  store = await startTestStore()
  await store.admin.command('DROP DATABASE headwater SYNC')
  return store.admin
}

const logger = memoryLogger()
const run = (client: StoreClient, options: Partial<MigrateOptions> = {}) => migrate({ client, logger, ...options })

const ledger = async (client: StoreClient) =>
  (
    await client.query(
      'SELECT version, count() AS n FROM headwater.schema_migrations GROUP BY version ORDER BY version',
    )
  ).columns

const next = {
  version: LATEST_SCHEMA + 1,
  name: 'one more table',
  statements: ({ database }: { database: string }) => [
    `CREATE TABLE IF NOT EXISTS ${database}.more (a UInt8) ENGINE = MergeTree ORDER BY a`,
  ],
}

const ttl = async (client: StoreClient): Promise<string> => {
  const { columns } = await client.query<{ engine: string[] }>(
    "SELECT engine_full AS engine FROM system.tables WHERE database = 'headwater' AND name = 'flows'",
  )
  return /TTL .*? SETTINGS/.exec(columns.engine[0] ?? '')?.[0] ?? ''
}

describe('migrate', () => {
  it('brings an empty store to the newest schema, and changes nothing when run again', async () => {
    const client = await empty()
    expect(await schemaVersion(client, 'headwater')).toBe(0)
    expect(await run(client)).toMatchObject({ from: 0, to: LATEST_SCHEMA })
    expect(await run(client)).toEqual({ from: LATEST_SCHEMA, to: LATEST_SCHEMA, changes: [] })
    expect(await schemaVersion(client, 'headwater')).toBe(LATEST_SCHEMA)
  })

  it('runs any number of times at once', async () => {
    const client = await empty()
    const results = await Promise.all(Array.from({ length: 4 }, () => run(client)))
    for (const result of results) expect(result.to).toBe(LATEST_SCHEMA)
    const versions = migrations.map(({ version }) => version)
    expect(await ledger(client)).toEqual({ version: versions, n: versions.map(() => 1) })
    expect(await run(client)).toMatchObject({ changes: [] })
  })

  it('goes on from the version before, keeping rows', async () => {
    const client = await empty()
    await run(client)
    const block = flowBlock([{}, {}])
    await store?.ingest.insertNative('flows', encodeFlows([block]))
    const result = await run(client, { migrations: [...migrations, next] })
    expect(result).toEqual({ from: LATEST_SCHEMA, to: next.version, changes: [`schema ${next.version}: ${next.name}`] })
    expect((await client.query('SELECT count() AS n FROM headwater.flows')).columns).toEqual({ n: [2] })
  })

  it('finishes what was interrupted', async () => {
    const client = await empty()
    const failing = { ...next, statements: () => [...next.statements({ database: 'headwater' }), 'SELECT throwIf(1)'] }
    await expect(run(client, { migrations: [...migrations, failing] })).rejects.toMatchObject({ name: 'StoreError' })
    expect(await schemaVersion(client, 'headwater')).toBe(LATEST_SCHEMA)
    expect(await run(client, { migrations: [...migrations, next] })).toMatchObject({
      from: LATEST_SCHEMA,
      to: next.version,
    })
  })

  it('adds the columns that an older store lacks', async () => {
    const client = await empty()
    await run(client)
    await client.command('ALTER TABLE headwater.flows DROP COLUMN rttvar_us, DROP COLUMN owner_source')
    const block = flowBlock([{ rttvar_us: 7 }])
    const insert = () => store?.ingest.insertNative('flows', encodeFlows([block]))
    await expect(insert()).rejects.toMatchObject({ code: 'schema', retryable: false })
    expect((await run(client)).changes).toEqual([
      'flows has a new column rttvar_us',
      'flows has a new column owner_source',
    ])
    await insert()
    const { columns } = await client.query<{ name: string[] }>('DESCRIBE TABLE headwater.flows')
    expect(new Set(columns.name)).toEqual(new Set(flowColumnNames))
    expect((await client.query('SELECT rttvar_us FROM headwater.flows')).columns).toEqual({ rttvar_us: [7] })
  })

  it('refuses a store that a newer Headwater made', async () => {
    const client = await empty()
    await run(client, { migrations: [...migrations, next] })
    await expect(run(client)).rejects.toMatchObject({
      name: 'UserError',
      code: 'schema-newer',
      message: expect.stringContaining(`schema ${next.version}`),
    })
  })

  it('applies a changed retention, to what is there too', async () => {
    const client = await empty()
    await run(client, { rawRetentionDays: 3 })
    expect(await ttl(client)).toContain('toIntervalDay(3)')
    const now = Date.now()
    for (const daysAgo of [0, 2]) {
      const block = flowBlock([{ time: now - daysAgo * 86_400_000 }])
      await store?.ingest.insertNative('flows', encodeFlows([block]))
    }
    expect((await run(client, { rawRetentionDays: 1 })).changes).toEqual([
      'flows are kept for 1 days',
      'questions to name servers are kept for 1 days',
    ])
    expect(await ttl(client)).toContain('toIntervalDay(1)')
    expect((await run(client, { rawRetentionDays: 1 })).changes).toEqual([])
    await expect
      .poll(
        async () =>
          (await client.query("SELECT count() AS n FROM system.mutations WHERE database = 'headwater' AND NOT is_done"))
            .columns,
        { timeout: 10_000 },
      )
      .toEqual({ n: [0] })
    await client.command('OPTIMIZE TABLE headwater.flows FINAL')
    expect((await client.query('SELECT count() AS n FROM headwater.flows')).columns).toEqual({ n: [1] })
  })

  it('keeps rows for hours, and refuses a retention of nothing', async () => {
    const client = await empty()
    await run(client, { rawRetentionDays: 0.5 })
    expect(await ttl(client)).toContain('toIntervalHour(12)')
    expect((await run(client, { rawRetentionDays: 0.5 })).changes).toEqual([])
    for (const rawRetentionDays of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(run(client, { rawRetentionDays })).rejects.toMatchObject({ code: 'raw-retention' })
  })

  it('refuses a database whose name is none', async () => {
    await expect(run(await empty(), { database: 'a; DROP' })).rejects.toMatchObject({ code: 'database-name' })
  })

  it('is refused to those who only read or insert', async () => {
    await empty()
    const connection = (store as TestStore).store.connection
    for (const role of ['ingest', 'query'] as const) {
      const client = connectStore(connection, { role, logger })
      await expect(run(client)).rejects.toMatchObject({ name: 'StoreError' })
      await client.close()
    }
  })
})
