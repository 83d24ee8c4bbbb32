import type { StatusAnswer } from '@headwater/contracts'
import type { Config } from '../config/keys.js'
import { version } from '../version.js'

export type AgentState = StatusAnswer['agent']
export type StoreState = StatusAnswer['store']
export type Hint = StatusAnswer['hints'][number]

/** What the supervisor knows of its parts. */
export interface Parts {
  agent: AgentState
  store: StoreState
  hints: Hint[]
}

/** What /api/v1/status answers. */
export const statusOf = (config: Config, parts: Parts): StatusAnswer => ({
  version,
  mode: 'all-in-one',
  bus: config['kafka.brokers'] === undefined ? 'local' : 'kafka',
  store: parts.store,
  agent: parts.agent,
  hints: parts.hints,
})
