import type { Config } from '../config/keys.js'
import { hasAgentPrivilege } from '../privileges/capabilities.js'
import { agentLine } from './agent-line.js'
import type { AgentState, Hint } from './status.js'

/** Why the agent is not even tried here, and what to do about it; undefined where it is. */
export function whyNoAgent(config: Config): { state: AgentState; hint: Hint } | undefined {
  if (process.platform !== 'linux') {
    return {
      state: { state: 'missing', message: `the agent needs Linux, and this is ${process.platform}` },
      hint: {
        title: 'This machine is not observed',
        detail:
          'The agent works on Linux 5.15 and later. Run `headwater agent` on Linux nodes, and take their data here from Kafka with kafka.brokers (HEADWATER_KAFKA_BROKERS).',
        command: null,
      },
    }
  }
  if (hasAgentPrivilege()) return undefined
  return {
    state: { state: 'missing', message: 'loading kernel programs needs root' },
    hint: {
      title: 'The agent needs root',
      detail: 'All else runs as this user. Start the agent beside it, in another terminal:',
      command: agentLine(config),
    },
  }
}
