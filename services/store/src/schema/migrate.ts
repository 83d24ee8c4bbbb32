import { type Logger, UserError } from '@headwater/contracts'
import type { StoreClient } from '../client/client.js'
import { dnsColumnDefinitions } from './dns.js'
import { flowColumnDefinitions, rawTtl } from './flows.js'
import { migrations as allMigrations, type Migration } from './migrations.js'

export interface MigrateOptions {
  /** A client of the role admin. */
  client: StoreClient
  logger: Logger
  database?: string
  rawRetentionDays?: number
  /** Default: all. */
  migrations?: readonly Migration[]
}

export interface Migrated {
  from: number
  to: number
  /** What was changed, a line each. */
  changes: string[]
}

const DEFAULT_RAW_RETENTION_DAYS = 3

/** Tables of raw rows. */
const rowTables = ['flows', 'dns'] as const
type RowTable = (typeof rowTables)[number]

const ledgerDdl = (database: string): string => `CREATE TABLE IF NOT EXISTS ${database}.schema_migrations
(
  version UInt32,
  name String,
  applied DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY version
SETTINGS non_replicated_deduplication_window = 1000`

/** The store's schema version: 0 for an empty store. @throws StoreError */
export async function schemaVersion(client: StoreClient, database: string): Promise<number> {
  const ledger = await client.query<{ n: number[] }>(
    "SELECT count() AS n FROM system.tables WHERE database = {database:String} AND name = 'schema_migrations'",
    { database },
  )
  if (ledger.columns.n[0] === 0) return 0
  const { columns } = await client.query<{ version: number[] }>(
    `SELECT max(version) AS version FROM ${database}.schema_migrations`,
  )
  return columns.version[0] ?? 0
}

const newer = (theirs: number, ours: number): UserError =>
  new UserError(
    'schema-newer',
    `The store has schema ${theirs}; this Headwater knows ${ours}.`,
    'Run the newer Headwater that made it, or point this one at another store; nothing was changed.',
  )

/**
 * Brings the store to this program's schema, and says what it changed. Running it again changes nothing, and any number may
 * run at once: each statement can be repeated, and the ledger takes each version once.
 * @throws UserError on a store that a newer program made @throws StoreError
 */
export async function migrate(options: MigrateOptions): Promise<Migrated> {
  const { client, logger, database = 'headwater', rawRetentionDays = DEFAULT_RAW_RETENTION_DAYS } = options
  const known = options.migrations ?? allMigrations
  const latest = known.at(-1)?.version ?? 0
  if (!/^[a-z][a-z0-9_]*$/.test(database))
    throw new UserError(
      'database-name',
      `Not a database name: ${database}.`,
      'Use small letters, digits and underscores.',
    )
  if (!(rawRetentionDays * 24 >= 1 && Number.isFinite(rawRetentionDays)))
    throw new UserError(
      'raw-retention',
      `Raw rows cannot be kept for ${rawRetentionDays} days.`,
      'Set store.raw-retention (HEADWATER_STORE_RAW_RETENTION) to an hour or more.',
    )
  const from = await schemaVersion(client, database)
  if (from > latest) throw newer(from, latest)
  const changes: string[] = []
  if (from === 0) await client.command(`CREATE DATABASE IF NOT EXISTS ${database}`)
  if (from < latest) await client.command(ledgerDdl(database))
  for (const { version, name, statements } of known.filter((migration) => migration.version > from)) {
    for (const statement of statements({ database, rawRetentionDays })) await client.command(statement)
    await client.insertRows(`${database}.schema_migrations`, [{ version, name }], { token: `migration-${version}` })
    changes.push(`schema ${version}: ${name}`)
  }
  if (latest > 0) {
    changes.push(...(await addColumns(client, database, 'flows', flowColumnDefinitions())))
    changes.push(...(await addColumns(client, database, 'dns', dnsColumnDefinitions())))
    for (const table of rowTables) changes.push(...(await setRetention(client, database, table, rawRetentionDays)))
  }
  for (const change of changes) logger.info('store migrated', { change })
  return { from, to: latest, changes }
}

/** Columns that a column table has and its table in the store does not yet: a store of an earlier version. */
async function addColumns(
  client: StoreClient,
  database: string,
  table: RowTable,
  definitions: { name: string; definition: string }[],
): Promise<string[]> {
  const { columns } = await client.query<{ name: string[] }>(
    'SELECT name FROM system.columns WHERE database = {database:String} AND table = {table:String}',
    { database, table },
  )
  const have = new Set(columns.name)
  const missing = definitions.filter(({ name }) => !have.has(name))
  // A table that is not there at all is a migration's to make.
  if (missing.length === 0 || have.size === 0) return []
  const added = missing.map(({ definition }) => `ADD COLUMN IF NOT EXISTS ${definition}`)
  await client.command(`ALTER TABLE ${database}.${table} ${added.join(', ')}`)
  return missing.map(({ name }) => `${table} has a new column ${name}`)
}

/** Only the parts' TTL is computed anew, their rows stay untouched: whole parts expire. */
async function setRetention(client: StoreClient, database: string, table: RowTable, days: number): Promise<string[]> {
  const ttl = rawTtl(days)
  const { columns } = await client.query<{ same: number[] }>(
    `SELECT position(engine_full, {ttl:String}) > 0 AS same FROM system.tables
     WHERE database = {database:String} AND name = {table:String}`,
    { database, table, ttl: `TTL ${ttl} ` },
  )
  if (columns.same.length === 0 || columns.same[0] === 1) return []
  await client.command(`ALTER TABLE ${database}.${table} MODIFY TTL ${ttl}`)
  return [`${table === 'dns' ? 'questions to name servers' : table} are kept for ${days} days`]
}
