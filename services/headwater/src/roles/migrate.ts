import { connectStore, createStore, explainConnection, migrate } from '@headwater/store'
import type { Config } from '../config/keys.js'
import { dataDirAt, prepareDataDir } from '../data/data-dir.js'
import { createLogger } from '../log/logger.js'
import { unprivilegedUser } from '../up/user.js'
import { externalOf, rawRetentionDays } from './store.js'

/** `headwater migrate`: brings the schema up to date, and says what it changed. */
export async function migrateCommand(config: Config): Promise<number> {
  const logger = createLogger({ level: 'warn', format: config['log.format'] })
  const external = externalOf(config)
  const days = rawRetentionDays(config)
  if (external === undefined) {
    // Nobody but `up` runs the embedded server: here it is started for the migration alone.
    const user = unprivilegedUser(dataDirAt(config['data-dir']).store, logger)
    prepareDataDir(config['data-dir'], user)
    const runAs = user === undefined ? {} : { runAs: { uid: user.uid, gid: user.gid } }
    const store = createStore({ dataDir: config['data-dir'], logger, migrate: true, rawRetentionDays: days, ...runAs })
    await store.start()
    await store.stop()
    say(store.migrated)
    return 0
  }
  const client = connectStore(external, { role: 'admin', logger })
  try {
    say(await migrate({ client, logger, rawRetentionDays: days }))
  } catch (error) {
    throw explainConnection(error, external.url)
  } finally {
    await client.close()
  }
  return 0
}

function say(migrated: { from: number; to: number; changes: string[] } | undefined): void {
  const { from = 0, to = 0, changes = [] } = migrated ?? {}
  if (changes.length === 0) process.stdout.write(`The schema is up to date (${to}).\n`)
  else process.stdout.write(`Schema ${from} -> ${to}:\n${changes.map((c) => `  ${c}\n`).join('')}`)
}
