import { join } from 'node:path'
import type { LabNode } from '@headwater/lab'
import { type Config, keys } from '../config/keys.js'
import { defaultDataDir } from '../data/location.js'

/** Each flush of an agent is an insert of the store's, and here are many agents. In ms. */
const FLUSH_MS = 2_000

/** The configuration of a demo: a data folder of its own, so that a demo is not in the way of what watches this machine. */
export function demoConfig(config: Config): Config {
  const usual = defaultDataDir()
  return { ...config, 'data-dir': config['data-dir'] === usual ? join(usual, 'demo') : config['data-dir'] }
}

/** With the lab's own address ranges, where nobody names others. */
export function withRanges(config: Config, cidrs: string): Config {
  const ranges: object = 'cidrs' in keys ? { cidrs } : {}
  return { ...ranges, ...config }
}

/** Of the agent of one of the lab's nodes. */
export const agentConfig = (config: Config, { cluster, node, zone, region, realm, namespaces }: LabNode): Config => ({
  ...config,
  ...{ cluster, node, zone, region, realm },
  'agent.netns': namespaces,
  // Its nodes share one kernel, of which each agent sees all events: what an agent may take of a machine of its own says nothing here.
  'agent.cpu-budget': 0,
  'agent.flush': Math.max(config['agent.flush'], FLUSH_MS),
})
