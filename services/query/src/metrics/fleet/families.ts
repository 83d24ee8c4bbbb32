import { type FamilyInfo, foldedFamily } from '@headwater/contracts/metrics'

export interface GaugeFamily extends FamilyInfo {
  labels: readonly string[]
}

const gauge = (name: string, help: string, ...labels: string[]): GaugeFamily => ({
  name: `headwater_${name}`,
  type: 'gauge',
  help,
  labels,
})

export const edgeEnds = ['cluster', 'namespace', 'service'].flatMap((l) => [`client_${l}`, `server_${l}`])

/** What the query service says of the fleet: the same from each replica, so rules take one of them (max by). */
export const fleetFamilies = {
  serviceHealth: gauge(
    'service_health',
    '1 for the state that a service is in now, 0 for the others (docs/health.md)',
    ...['cluster', 'namespace', 'service', 'state'],
  ),
  edgeHealth: gauge(
    'edge_health',
    '1: the state that an edge is in now, with its cause; counted="false": another view of what is counted elsewhere',
    ...[...edgeEnds, 'transport', 'counted', 'state', 'cause', 'at_fault'],
  ),
  nodeUp: gauge(
    'node_up',
    '1: its agent is live; 0: silent. A node whose agent was stopped has none',
    'cluster',
    'node',
  ),
  nodeCpu: {
    ...gauge(
      'node_agent_cpu_seconds_total',
      'CPU time of the process of its agent, by its last report',
      'cluster',
      'node',
    ),
    type: 'counter',
  } as GaugeFamily,
  nodeMemory: gauge('node_agent_resident_bytes', 'Resident memory of its agent, by its last report', 'cluster', 'node'),
  nodeLimit: gauge(
    'node_limit_used_ratio',
    'How much of a limit of its kernel is in use, where it is the most: ports, conntrack, tcp-memory, udp-memory (docs/fleet.md)',
    ...['cluster', 'node', 'kind'],
  ),
  nodeRows: gauge(
    'node_rows',
    'Rows of the last 5 minutes by outcome: produced, stored, dropped, dead, duplicate, replayed (docs/accounts.md); topic: flows or dns',
    ...['cluster', 'node', 'topic', 'outcome', 'reason'],
  ),
  delivered: gauge('delivered_ratio', 'Rows stored of rows produced, over the last 5 minutes'),
  dnsDelivered: gauge('dns_delivered_ratio', 'The same of rows of questions to name servers, which are not in it'),
  coverage: gauge('coverage_ratio', 'Node-seconds heard of node-seconds expected, over the last 5 minutes'),
  cost: gauge('cost_per_day', 'What a day costs at the rate of the last minute', 'item', 'currency'),
  folded: { ...foldedFamily, labels: ['of'] } as GaugeFamily,
  storeUp: gauge('query_store_up', '1 where the store answered in time'),
  evaluationUp: gauge(
    'query_evaluation_up',
    '0 where the store did not tell this part in time: what it told last stands for a minute, then it is missing',
    'of',
  ),
  evaluationSeconds: gauge('query_evaluation_seconds', 'Time that the last evaluation took; scrapes share one', 'of'),
} as const
