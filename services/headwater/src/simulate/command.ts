import { setTimeout as wait } from 'node:timers/promises'
import { Fleet, Simulation, type Truth } from '@headwater/simulate'
import type { Config } from '../config/keys.js'
import { dataDirAt } from '../data/data-dir.js'
import { createLogger } from '../log/logger.js'
import { producerOf } from '../roles/bus.js'
import { untilSignal } from '../roles/signals.js'
import { registerPid, unregisterPid } from '../self/pids.js'

interface SimulateOptions {
  nodes: number
  flowsPerSecond: number
  workloads?: number
  seed: number
  /** In ms; left out: until Ctrl-C. */
  duration?: number
}

const TELL_MS = 10_000

/** The truth as JSON takes it: the serial numbers as text. */
const printed = (truth: Truth) => ({ ...truth, serials: String(truth.serials) })

/** `headwater simulate`: a synthetic fleet on the bus until Ctrl-C. Its last line on stdout is what must be in the store then. */
export async function simulateCommand(config: Config, raw: Record<string, unknown>): Promise<number> {
  const { nodes, flowsPerSecond, workloads, seed, duration } = raw as unknown as SimulateOptions
  const logger = createLogger({ level: config['log.level'], format: config['log.format'] })
  const dir = dataDirAt(config['data-dir'])
  const producer = await producerOf(config, 'simulate', dir.busSocket, logger)
  const run = `${seed}-${Date.now().toString(36)}`
  const fleet = new Fleet({ nodes, seed, run, ...(workloads === undefined ? {} : { workloads }) })
  const simulation = new Simulation({
    fleet,
    producer,
    flowsPerSecond,
    logger,
    ...(duration === undefined ? {} : { durationMs: duration }),
  })
  const over = untilSignal(logger)
  const where = config['kafka.brokers']?.join(',') ?? dir.busSocket
  logger.info('simulating: none of this traffic is real', { nodes, flows_per_second: flowsPerSecond, bus: where, run })
  registerPid(dir.pids, process.pid)
  const stop = new AbortController()
  const tell = async () => {
    for (;;) {
      await wait(TELL_MS, undefined, { signal: stop.signal })
      const { batches, rows } = simulation.truth
      logger.info('taken by the bus', { batches, rows, rows_skipped: simulation.rowsSkipped })
    }
  }
  tell().catch(() => undefined)
  try {
    await Promise.race([simulation.start().then(() => simulation.ended()), over])
    return 0
  } finally {
    stop.abort()
    await simulation.stop()
    unregisterPid(dir.pids, process.pid)
    const told = { run, ...printed(simulation.truth), rows_skipped: simulation.rowsSkipped }
    process.stdout.write(`${JSON.stringify(told)}\n`)
  }
}
