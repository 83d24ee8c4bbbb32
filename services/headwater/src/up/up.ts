import type { Logger } from '@headwater/contracts/runtime'
import { readCidrs } from '@headwater/ingest/cidrs'
import type { Config } from '../config/keys.js'
import { type DataDir, dataDirAt, prepareDataDir } from '../data/data-dir.js'
import { lockDataDir } from '../data/lock.js'
import { ensureToken } from '../data/token.js'
import { createLogger } from '../log/logger.js'
import { pricesOf } from '../roles/prices.js'
import { untilSignal } from '../roles/signals.js'
import { registerPid, unregisterPid } from '../self/pids.js'
import { summaryBlock } from './block.js'
import { checkFree } from './port.js'
import type { SupervisorOptions } from './supervisor.js'
import { unprivilegedUser } from './user.js'

/** How long the block waits for the agent to attach, in ms: what it then says is what is known. */
const AGENT_PATIENCE_MS = 800

/** What is observed, and what is printed of it. */
export interface Observed extends Pick<SupervisorOptions, 'agents' | 'lab'> {
  notes?: readonly string[]
  /** Called with the URL when all is up, and at the end. */
  onUp?: (dir: DataDir, url: string) => void
  onEnd?: (dir: DataDir) => void
}

const thisMachine = (config: Config): Observed => ({
  agents: { plans: [{ name: 'agent', config: async () => config }], observes: 'observes this machine' },
})

/** `headwater up`: everything on this machine, until Ctrl-C. */
export function up(config: Config): Promise<number> {
  return serve(config, loggerOf(config), thisMachine(config))
}

export const loggerOf = (config: Config): Logger =>
  createLogger({ level: config['log.level'], format: config['log.format'] })

/** Everything on this machine with the agents that are given, until Ctrl-C. */
export async function serve(config: Config, logger: Logger, observed: Observed): Promise<number> {
  // The services read them again; here a mistake fails before anything is started.
  pricesOf(config)
  if (config.cidrs !== undefined) readCidrs(config.cidrs)
  const user = unprivilegedUser(dataDirAt(config['data-dir']).store, logger)
  const dir = prepareDataDir(config['data-dir'], user)
  const unlock = lockDataDir(dir.path)
  try {
    await checkFree(config.listen)
    const token = config.token ?? ensureToken(dir.token, user)
    registerPid(dir.pids, process.pid)
    return await supervise(config, { dir, token, user, logger, ...observed })
  } finally {
    observed.onEnd?.(dir)
    unregisterPid(dir.pids, process.pid)
    unlock()
  }
}

type Rest = Omit<SupervisorOptions, 'config'> & Omit<Observed, 'onEnd'>

async function supervise(config: Config, rest: Rest): Promise<number> {
  const { Supervisor } = await import('./supervisor.js')
  const supervisor = new Supervisor({ config, ...rest })
  const signal = untilSignal(rest.logger, () => supervisor.kill())
  try {
    const started = await Promise.race([supervisor.start(), supervisor.failed.promise, signal])
    if (started === undefined) return 0
    await Promise.race([supervisor.agentSettled(AGENT_PATIENCE_MS), signal])
    const { dir, token, user } = rest
    rest.onUp?.(dir, started)
    process.stdout.write(
      summaryBlock({
        url: started,
        token,
        dataDir: dir.path,
        runsAs: user === undefined ? runsAsSelf(rest.logger) : `${user.name} (${user.uid}); the agent as root`,
        bus:
          config['kafka.brokers'] === undefined
            ? `local, ${dir.busSocket}`
            : `Kafka at ${config['kafka.brokers'].join(',')}`,
        parts: supervisor.parts,
        notes: rest.notes ?? [],
      }),
    )
    await Promise.race([signal, supervisor.failed.promise])
    return 0
  } finally {
    await supervisor.stop()
    rest.logger.info('stopped')
  }
}

const runsAsSelf = (_: Logger) => (process.getuid?.() === 0 ? 'root' : `uid ${process.getuid?.() ?? 'unknown'}`)
