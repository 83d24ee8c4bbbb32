import type { Component } from '@headwater/contracts/runtime'
import type { Config } from '../config/keys.js'
import { dataDirAt } from '../data/data-dir.js'
import { createLogger } from '../log/logger.js'
import { registerPid } from '../self/pids.js'
import { needKafka } from './bus.js'
import { HealthServer } from './health-server.js'
import { cidrsOf, ingestPart } from './ingest-part.js'
import { runParts } from './run.js'
import { openStore } from './store.js'

/** `headwater ingest`: one replica of the group that takes flows from Kafka into ClickHouse, until Ctrl-C. */
export async function ingestCommand(config: Config): Promise<number> {
  const logger = createLogger({ level: config['log.level'], format: config['log.format'] })
  needKafka(config, 'ingest', logger)
  const cidrs = cidrsOf(config)
  const store = await openStore(config, logger.child('store'), { migrate: false })
  registerPid(dataDirAt(config['data-dir']).pids, process.pid)
  const failed = Promise.withResolvers<never>()
  const ingest = ingestPart(config, store.client('ingest'), cidrs, logger, failed.reject)
  const parts: Component[] = [{ start: async () => undefined, stop: () => store.stop() }, ingest]
  const address = config['metrics-listen']
  if (address !== undefined) {
    parts.push(new HealthServer({ address, healthy: () => true, metrics: () => ingest.metrics(), logger }))
  }
  return runParts(parts, logger, failed.promise)
}
