import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@headwater/contracts'
import type { Access } from './access.js'

/** How to reach a store. `identity`: what an embedded server answers to prove that it is ours; absent for outside servers. */
export interface StoreConnection {
  url: string
  database: string
  access: Access
  identity?: string
}

/** Account that owns files and runs the server. */
export interface Account {
  uid: number
  gid: number
}

/** Where an embedded server of this data folder tells its clients how to reach it. */
export const connectionFile = (dataDir: string): string => join(dataDir, 'run', 'clickhouse.json')

/**
 * Written beside and renamed, so that a reader never sees half a file; 0600. Root writes here into a folder of the
 * unprivileged owner: a new file only, never what a link names, and its mode and owner by the open file.
 */
export async function writeSecretFile(file: string, text: string, owner?: Account): Promise<void> {
  const fresh = `${file}.${randomUUID()}.tmp`
  const handle = await open(fresh, 'wx', 0o600)
  try {
    await handle.chmod(0o600)
    await handle.writeFile(text)
    if (owner) await handle.chown(owner.uid, owner.gid)
    await handle.close()
    await rename(fresh, file)
  } catch (error) {
    await handle.close()
    await rm(fresh, { force: true })
    throw error
  }
}

/** @throws UserError where the file is missing or not readable: no server runs on this data folder, or not for this user. */
export async function readConnectionFile(file: string): Promise<StoreConnection> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw new UserError(
      'store-not-running',
      `No embedded ClickHouse to connect to: ${file} cannot be read (${(cause as NodeJS.ErrnoException).code}).`,
      'Start "headwater up" on this data folder, as the same user; or set clickhouse.url (HEADWATER_CLICKHOUSE_URL).',
      { cause },
    )
  }
  return JSON.parse(text) as StoreConnection
}
