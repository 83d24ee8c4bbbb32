import type { Config } from '../config/keys.js'
import { agentError } from '../roles/agent/errors.js'
import { type Check, fail, ok } from './check.js'

const NAME = 'agent.netns'

/** Whether each network namespace that the agent is limited to is there; nothing where it is not limited. */
export async function checkNamespaces(config: Config): Promise<Check[]> {
  const paths = config['agent.netns']
  if (paths === undefined) return []
  try {
    const { checkNamespace } = await import('@headwater/native')
    return paths.map((path) => {
      try {
        checkNamespace(path)
        return ok(NAME, path)
      } catch (error) {
        const { message, fix } = agentError(error)
        return fail(NAME, message, fix)
      }
    })
  } catch (error) {
    const { message, fix } = agentError(error)
    return [fail(NAME, `not looked at: ${message}`, fix)]
  }
}
