export * from './brittle.js'
export * from './flows.js'
export * from './folder.js'
export * from './interrupt.js'
export * from './sums.js'

import type { Logger } from '@headwater/contracts'
import type { StoreClient } from '../client/client.js'
import { createStore, type Store, type StoreOptions } from '../store.js'
import { temporaryFolder } from './folder.js'

/** A store of its own for a test: embedded server on a temporary folder, migrated. */
export interface TestStore {
  store: Store
  dataDir: string
  admin: StoreClient
  ingest: StoreClient
  query: StoreClient
  /** Ends the server and removes the folder. */
  stop(): Promise<void>
}

/** Collects lines instead of writing them. */
export function memoryLogger(lines: string[] = []): Logger & { lines: string[] } {
  const write = (level: string) => (message: string, fields?: Record<string, unknown>) => {
    lines.push(`${level} ${message}${fields ? ` ${JSON.stringify(fields)}` : ''}`)
  }
  const logger = {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  }
  return logger
}

export async function startTestStore(options: Partial<StoreOptions> = {}): Promise<TestStore> {
  const folder = options.dataDir ? undefined : await temporaryFolder()
  const dataDir = options.dataDir ?? (folder as { path: string }).path
  const store = createStore({ logger: memoryLogger(), ...options, dataDir })
  try {
    await store.start()
  } catch (error) {
    await store.stop()
    await folder?.remove()
    throw error
  }
  return {
    store,
    dataDir,
    admin: store.client('admin'),
    ingest: store.client('ingest'),
    query: store.client('query'),
    stop: async () => {
      await store.stop()
      await folder?.remove()
    },
  }
}
