import { type Agent, createAgent } from '@headwater/agent-node'
import type { Logger } from '@headwater/contracts/runtime'
import type { Config } from '../../config/keys.js'
import { dataDirAt } from '../../data/data-dir.js'
import { createSelfPids } from '../../self/pids.js'
import { version } from '../../version.js'
import { producerOf } from '../bus.js'

/** The agent on the configured bus. */
export async function agentPart(config: Config, logger: Logger): Promise<Agent> {
  const dir = dataDirAt(config['data-dir'])
  const producer = await producerOf(config, 'agent', dir.busSocket, logger)
  const { cluster, node, 'agent.netns': namespaces } = config
  return createAgent({
    identity: { cluster, node, realm: config.realm ?? cluster, zone: config.zone ?? '', region: config.region ?? '' },
    version,
    profile: config['agent.profile'],
    dnsNames: config['agent.dns-names'],
    intervalMs: config['agent.interval'],
    flushMs: config['agent.flush'],
    cpuBudget: config['agent.cpu-budget'],
    exclude: {
      cidrs: config['agent.exclude-cidrs'] ?? [],
      ports: config['agent.exclude-ports'] ?? [],
      processes: config['agent.exclude-processes'] ?? [],
    },
    ...(namespaces === undefined ? {} : { namespaces }),
    dockerSocket: config['agent.docker-socket'],
    producer,
    selfPids: createSelfPids(dir.pids),
    logger: logger.child('agent'),
  })
}
