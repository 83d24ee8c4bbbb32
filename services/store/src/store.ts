import { EventEmitter } from 'node:events'
import { type Component, type Logger, UserError } from '@headwater/contracts'
import { StoreClient } from './client/client.js'
import { type StoreError, toStoreError } from './client/error.js'
import { DiskCap } from './disk/disk-cap.js'
import { type Migrated, migrate, schemaVersion } from './schema/migrate.js'
import { LATEST_SCHEMA } from './schema/migrations.js'
import { DATABASE, type Role } from './server/access.js'
import type { Account, StoreConnection } from './server/connection.js'
import { connectionFile } from './server/connection.js'
import { EmbeddedServer } from './server/embedded.js'

/** An outside ClickHouse server, one user for all roles. */
export interface ExternalStore {
  url: string
  user: string
  password: string
  database?: string
}

export interface StoreOptions {
  /** Folder of the embedded server. */
  dataDir: string
  logger: Logger
  /** Bytes on disk above which the oldest partitions go. Default 10 GiB. */
  maxBytes?: number
  /** Days that raw rows are kept. Default 3. */
  rawRetentionDays?: number
  /** Uses this server instead of the embedded one. */
  external?: ExternalStore
  /** Account of the embedded server; needs root. */
  runAs?: Account
  /** Bring the schema up to date at start. Default: with the embedded server. */
  migrate?: boolean
}

export interface StoreHealth {
  ok: boolean
  /** Why not, where `ok` is false. */
  reason?: string
  version?: string
  schema?: number
  embedded: boolean
  /** Restarts of the embedded server since start. */
  restarts: number
  bytesOnDisk?: number
  maxBytes: number
}

const DEFAULT_MAX_BYTES = 10 * 1024 ** 3

interface Events {
  down: [reason: string]
  up: []
}

/** How to reach an outside server. */
export const externalConnection = ({ url, user, password, database }: ExternalStore): StoreConnection => {
  const credentials = { user, password }
  return {
    url,
    database: database ?? DATABASE,
    access: { admin: credentials, ingest: credentials, query: credentials },
  }
}

/** A client of one role, by the connection itself, an outside server's, or the connection file of a data folder. */
export function connectStore(
  target: StoreConnection | ExternalStore | { file: string } | { dataDir: string },
  options: { role: Role; logger: Logger; requestTimeoutMs?: number; maxOpenConnections?: number },
): StoreClient {
  const connection =
    'dataDir' in target
      ? { file: connectionFile(target.dataDir) }
      : 'file' in target || 'access' in target
        ? target
        : externalConnection(target)
  return new StoreClient({ connection, ...options })
}

/** The user's view of a failure to reach the configured server. */
export function explainConnection(error: unknown, url: string): UserError | StoreError {
  const cause = toStoreError(error, 'connect')
  if (cause.code === 'auth')
    return new UserError(
      'clickhouse-auth',
      `ClickHouse at ${url} refused the user or password.`,
      'Set clickhouse.user and clickhouse.password (HEADWATER_CLICKHOUSE_USER, HEADWATER_CLICKHOUSE_PASSWORD) to those of that server.',
      { cause },
    )
  if (cause.code === 'denied')
    return new UserError(
      'clickhouse-denied',
      `ClickHouse at ${url} let the user in, but does not permit what Headwater needs: ${cause.message}`,
      'Grant it SELECT, INSERT, ALTER, CREATE and DROP on the database headwater.*, and SELECT on system.*.',
      { cause },
    )
  if (cause.code === 'unavailable' || cause.code === 'refused')
    return new UserError(
      'clickhouse-unreachable',
      `No ClickHouse answers at ${url}: ${cause.message}`,
      'Check clickhouse.url (HEADWATER_CLICKHOUSE_URL): it is the HTTP port (8123, or 8443 for https) of a running server.',
      { cause },
    )
  return cause
}

/** The store as one part: a server (embedded or outside), its schema, its size, and a client for each role. */
export class Store extends EventEmitter<Events> implements Component {
  readonly server: EmbeddedServer | undefined
  private clients: Record<Role, StoreClient> | undefined
  private diskCap: DiskCap | undefined
  /** What the start changed in the schema. */
  migrated: Migrated | undefined

  constructor(private readonly options: StoreOptions) {
    super()
    const { external, dataDir, logger, runAs } = options
    this.server = external ? undefined : new EmbeddedServer({ dataDir, logger, runAs })
    this.server?.on('down', (reason) => this.emit('down', reason))
    this.server?.on('up', () => this.emit('up'))
  }

  /** A client of that role. @throws where the store was not started */
  client(role: Role): StoreClient {
    if (!this.clients) throw new Error('the store is not started')
    return this.clients[role]
  }

  /** How other processes reach it. */
  get connection(): StoreConnection {
    return this.options.external
      ? externalConnection(this.options.external)
      : (this.server as EmbeddedServer).connection
  }

  /** @throws UserError @throws StoreError */
  async start(): Promise<void> {
    const { external, logger, maxBytes = DEFAULT_MAX_BYTES } = this.options
    await this.server?.start()
    const target = external ? externalConnection(external) : { dataDir: this.options.dataDir }
    const client = (role: Role) => connectStore(target, { role, logger })
    this.clients = { admin: client('admin'), ingest: client('ingest'), query: client('query') }
    try {
      await this.prepareSchema(this.clients.admin)
    } catch (error) {
      await this.stop()
      throw external ? (error instanceof UserError ? error : explainConnection(error, external.url)) : error
    }
    // An outside server's disk is its owner's to manage.
    if (external) return
    this.diskCap = new DiskCap({ client: this.clients.admin, logger: logger.child('disk-cap'), maxBytes })
    await this.diskCap.start()
  }

  async stop(): Promise<void> {
    await this.diskCap?.stop()
    for (const client of Object.values(this.clients ?? {})) await client.close()
    await this.server?.stop()
  }

  /** What works now; never throws. */
  async health(): Promise<StoreHealth> {
    const fixed = {
      embedded: this.server !== undefined,
      restarts: this.server?.restartCount ?? 0,
      maxBytes: this.options.maxBytes ?? DEFAULT_MAX_BYTES,
      ...(this.diskCap?.lastBytes === undefined ? {} : { bytesOnDisk: this.diskCap.lastBytes }),
    }
    try {
      const version = await this.client('admin').ping()
      const schema = await schemaVersion(this.client('admin'), this.connection.database)
      return { ok: true, version, schema, ...fixed }
    } catch (error) {
      return { ok: false, reason: (error as Error).message, ...fixed }
    }
  }

  private async prepareSchema(client: StoreClient): Promise<void> {
    const { external, logger, rawRetentionDays = 3 } = this.options
    const { database } = this.connection
    await client.ping()
    if (this.options.migrate ?? !external) {
      this.migrated = await migrate({ client, logger, database, rawRetentionDays })
      return
    }
    const version = await schemaVersion(client, database)
    if (version < LATEST_SCHEMA)
      throw new UserError(
        'schema-older',
        `The store has schema ${version}; this Headwater needs ${LATEST_SCHEMA}.`,
        'Run "headwater migrate" with the same configuration.',
      )
    if (version > LATEST_SCHEMA)
      throw new UserError(
        'schema-newer',
        `The store has schema ${version}; this Headwater knows ${LATEST_SCHEMA}.`,
        'Update this Headwater to the version that made the schema.',
      )
  }
}

export const createStore = (options: StoreOptions): Store => new Store(options)
