import type { Agent } from '@headwater/agent-node'
import { keepYoungGenerationSmall } from '@headwater/contracts/memory'
import { createLogger } from '../../log/logger.js'
import type { Assignment } from '../../up/messages.js'
import { type ChildRole, childLife } from '../child.js'
import { agentError } from './errors.js'

/** The agent as a child of `up`: its only privileged process. */
class AgentChild implements ChildRole {
  #agent: Agent | undefined

  constructor(private readonly code: Promise<typeof import('./part.js')>) {}

  async start({ config }: Assignment) {
    const logger = createLogger({ level: config['log.level'], format: config['log.format'] })
    try {
      const { agentPart } = await this.code
      this.#agent = await agentPart(config, logger)
      this.#agent.onFatal = (error) => {
        logger.error(`agent ended: ${error.message}`)
        process.exit(1)
      }
      await this.#agent.start()
    } catch (error) {
      throw agentError(error)
    }
    return { type: 'ready' as const }
  }

  async stop(): Promise<void> {
    await this.#agent?.stop()
  }
}

export const childMain = (): Promise<number> =>
  childLife(async () => {
    keepYoungGenerationSmall()
    // Loaded while the other parts start; what is wrong with it is said when it is to start.
    const code = import('./part.js')
    await code.catch(() => undefined)
    return new AgentChild(code)
  })
