/**
 * Labels of either end; each is `client_NAME` or `server_NAME` in matchers, groupings and metrics.
 * A matcher without the prefix holds where one end of the edge has it: `{service="cart",cluster="a"}` are all edges
 * of which the client or the server is that service in that cluster.
 */
export const endLabels = [
  'service',
  'workload',
  'namespace',
  'pod',
  'container',
  'process',
  'node',
  'zone',
  'region',
  'cluster',
  'address',
  'port',
] as const
export type EndLabel = (typeof endLabels)[number]
export type EdgeLabel = `${'client' | 'server'}_${EndLabel}` | 'transport'

export const edgeLabels: readonly EdgeLabel[] = [
  ...endLabels.map((l): EdgeLabel => `client_${l}`),
  ...endLabels.map((l): EdgeLabel => `server_${l}`),
  'transport',
]

/** Labels of an agent instance, which is no end of anything. */
export const instanceLabels = ['cluster', 'node', 'instance'] as const

/** What questions to name servers may be grouped by. */
export const dnsGroupings = ['name', 'type', 'rcode', 'server', 'service', 'process', 'node'] as const
export type DnsGrouping = (typeof dnsGroupings)[number]

/** What the map and the edges may be grouped by. */
export const groupings = ['service', 'process', 'node', 'namespace', 'cluster', 'zone', 'region', 'address'] as const
export type Grouping = (typeof groupings)[number]
