import type { Logger } from '@headwater/contracts/runtime'
import {
  connectStore,
  createStore,
  DiskCap,
  type ExternalStore,
  migrate,
  type Role,
  type StoreClient,
} from '@headwater/store'
import type { Config } from '../config/keys.js'

const DAY_MS = 86_400_000

/** A store that a role works with: clients by role, and what ends them. */
export interface OpenStore {
  client(role: Role): StoreClient
  stop(): Promise<void>
}

/** The outside server of the configuration; undefined: the embedded one. */
export function externalOf(config: Config): ExternalStore | undefined {
  const url = config['clickhouse.url']
  if (url === undefined) return undefined
  return { url, user: config['clickhouse.user'], password: config['clickhouse.password'] ?? '' }
}

export const rawRetentionDays = (config: Config): number => config['store.raw-retention'] / DAY_MS

/**
 * Opens the configured store: an outside server, whose schema is checked (or brought up to date), or the embedded one that
 * runs on the data folder, which is kept below its size on disk.
 * @throws UserError @throws StoreError
 */
export async function openStore(config: Config, logger: Logger, options: { migrate: boolean }): Promise<OpenStore> {
  const external = externalOf(config)
  const dataDir = config['data-dir']
  if (external !== undefined) {
    const store = createStore({
      dataDir,
      logger,
      external,
      rawRetentionDays: rawRetentionDays(config),
      migrate: options.migrate,
    })
    await store.start()
    return store
  }
  const client = (role: Role) => connectStore({ dataDir }, { role, logger })
  const clients = { admin: client('admin'), ingest: client('ingest'), query: client('query') }
  if (options.migrate) await migrate({ client: clients.admin, logger, rawRetentionDays: rawRetentionDays(config) })
  const cap = new DiskCap({
    client: clients.admin,
    logger: logger.child('disk-cap'),
    maxBytes: config['store.max-bytes'],
  })
  if (options.migrate) await cap.start()
  return {
    client: (role) => clients[role],
    stop: async () => {
      await cap.stop()
      for (const open of Object.values(clients)) await open.close()
    },
  }
}
