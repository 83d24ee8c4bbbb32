import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLocalConsumer } from '@headwater/bus'
import type { Logger } from '@headwater/contracts/runtime'
import { createIngest } from '@headwater/ingest'
import { createQueryServer } from '@headwater/query'
import type { Config } from '../config/keys.js'
import { barredAt, type Unprivileged } from '../privileges/user.js'
import type { OpenStore } from './store.js'

/** Whether that user cannot read this program's code: it lies in somebody's home, say. */
export const codeIsBarred = (user: Unprivileged): boolean =>
  barredAt(fileURLToPath(import.meta.url), user) !== undefined

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
}

/** Requests that between them take each way through the server: files, answers, refusals. */
const paths = ['/', '/healthz', '/readyz', '/metrics', '/api/openapi.json', '/api/v1/nothing', '/api/v1/flows?limit=x']
const apiPaths = [
  'map',
  'edges',
  'flows',
  'series',
  'cost',
  'nodes',
  'completeness',
  'status',
  'values?label=client_process',
]

/**
 * Runs API and ingest once on a port and a socket of nobody, before privileges are dropped: libraries load parts of
 * themselves only when these are used, and afterwards their files are out of reach.
 */
export async function rehearse(config: Config, store: OpenStore, consoleDir: string | undefined): Promise<void> {
  const token = 'rehearsal-rehearsal'
  const query = createQueryServer({
    host: '127.0.0.1',
    port: 0,
    token,
    allowedHosts: [],
    store: store.client('query'),
    status: async () => Promise.reject(new Error('rehearsal')),
    ...(consoleDir === undefined ? {} : { consoleDir }),
    version: '0',
    logger: silent,
  })
  // Still root: not in run/, which is the unprivileged user's.
  const folder = await mkdtemp(join(config['data-dir'], '.rehearsal-'))
  const socketPath = join(folder, 'bus.sock')
  const consumer = createLocalConsumer({ socketPath, logger: silent })
  const ingest = createIngest({ consumer, store: store.client('ingest'), replica: 'rehearsal', logger: silent })
  try {
    await ingest.start()
    await query.start()
    const ask = async (path: string, headers: Record<string, string>) => {
      const response = await fetch(`${query.url}${path}`, { headers })
      await response.arrayBuffer()
    }
    for (const path of paths) await ask(path, {})
    for (const path of apiPaths) await ask(`/api/v1/${path}`, { authorization: `Bearer ${token}` })
    await ingest.metrics()
  } finally {
    await query.stop()
    await ingest.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
