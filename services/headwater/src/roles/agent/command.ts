import { keepYoungGenerationSmall } from '@headwater/contracts/memory'
import type { Component } from '@headwater/contracts/runtime'
import type { Config } from '../../config/keys.js'
import { createLogger } from '../../log/logger.js'
import { HealthServer } from '../health-server.js'
import { runParts } from '../run.js'
import { agentError } from './errors.js'

/** `headwater agent`: observes this node until Ctrl-C. */
export async function agentCommand(config: Config): Promise<number> {
  const logger = createLogger({ level: config['log.level'], format: config['log.format'] })
  keepYoungGenerationSmall()
  try {
    const [{ agentPart }, { agentMetrics }] = await Promise.all([import('./part.js'), import('./metrics.js')])
    const failed = Promise.withResolvers<never>()
    const agent = await agentPart(config, logger)
    agent.onFatal = failed.reject
    const parts: Component[] = [agent]
    const address = config['metrics-listen']
    if (address !== undefined) {
      const healthy = () => agent.status().state === 'running'
      parts.push(new HealthServer({ address, healthy, metrics: async () => agentMetrics(agent.status()), logger }))
    }
    return await runParts(parts, logger, failed.promise)
  } catch (error) {
    throw agentError(error)
  }
}
