import type { StatusAnswer } from '@headwater/contracts'
import { createQueryServer } from '@headwater/query'
import type { Config } from '../config/keys.js'
import { prepareDataDir } from '../data/data-dir.js'
import { ensureToken } from '../data/token.js'
import { createLogger } from '../log/logger.js'
import { registerPid, unregisterPid } from '../self/pids.js'
import { version } from '../version.js'
import { builtConsole } from './console.js'
import { pricesOf } from './prices.js'
import { runParts } from './run.js'
import { openStore } from './store.js'

/** What a query replica of a fleet knows of the other parts. */
const fleetStatus = (config: Config): StatusAnswer => ({
  version,
  mode: 'fleet',
  bus: 'kafka',
  store: {
    kind: config['clickhouse.url'] === undefined ? 'embedded' : 'external',
    ok: true,
    message: `ClickHouse at ${config['clickhouse.url'] ?? config['data-dir']}`,
  },
  agent: { state: 'elsewhere', message: 'agents run on the nodes' },
  hints: [],
})

/** `headwater query`: API and console over the store, until Ctrl-C. */
export async function queryCommand(config: Config): Promise<number> {
  const logger = createLogger({ level: config['log.level'], format: config['log.format'] })
  const prices = pricesOf(config)
  // The token is all a query replica keeps; where it is given, nothing is written.
  const dir = config.token === undefined ? prepareDataDir(config['data-dir']) : undefined
  const token = config.token ?? ensureToken(dir?.token ?? '')
  const store = await openStore(config, logger.child('store'), { migrate: false })
  const app = builtConsole()
  const server = createQueryServer({
    host: config.listen.host,
    port: config.listen.port,
    token,
    allowedHosts: config['allowed-hosts'] ?? [],
    store: store.client('query'),
    status: async () => fleetStatus(config),
    ...(app === undefined ? {} : { consoleDir: app }),
    prices,
    maxSeries: config['metrics.max-series'],
    version,
    logger: logger.child('query'),
  })
  if (dir !== undefined) registerPid(dir.pids, process.pid)
  const announce = {
    start: async () => {
      process.stdout.write(`\n  Headwater is ready:  ${server.openUrl}/#token=${token}\n\n`)
    },
    stop: async () => {
      if (dir !== undefined) unregisterPid(dir.pids, process.pid)
    },
  }
  const keep = { start: async () => undefined, stop: () => store.stop() }
  return runParts([keep, server, announce], logger, new Promise<never>(() => undefined))
}
