import { consoleLink } from './links.js'
import { type AlertSettings, standardSettings } from './settings.js'

export interface AlertRule {
  alert: string
  expr: string
  for?: string
  labels: { severity: 'critical' | 'warning' | 'info' }
  annotations: { summary: string; description: string; console: string }
}

const EDGE = [
  ...['client_cluster', 'client_namespace', 'client_service'],
  ...['server_cluster', 'server_namespace', 'server_service'],
].join(', ')
/** What fails to connect, or is cut off. */
const FAILING = 'refused|no-answer|unreachable|firewall-drop|ports-exhausted|resets|backlog|dns-failing'
/** Addresses without a name come and go. */
const NAMELESS = 'other|[0-9.]+|[0-9a-f:]*:[0-9a-f:.]*'

const client = '{{ $labels.client_service }}'
const server = '{{ $labels.server_service }}'
const edgeLink = consoleLink('map', { client_service: 'client_service', server_service: 'server_service' })
const percent = '{{ $value | humanizePercentage }}'

/** State of edges, each connection once; a rule looks at the worst that any query replica tells. */
const edges = (matchers: string, by = `${EDGE}, cause`): string =>
  `max by (${by}) (headwater_edge_health{counted="true",${matchers}}) == 1`

function healthRules({ for: wait }: AlertSettings): AlertRule[] {
  return [
    {
      alert: 'HeadwaterServiceFailing',
      expr: 'max by (cluster, namespace, service) (headwater_service_health{state="unhealthy"}) == 1',
      for: wait.service,
      labels: { severity: 'critical' },
      annotations: {
        summary: '{{ $labels.service }} is failing',
        description:
          'The service {{ $labels.service }} (cluster {{ or $labels.cluster "unknown" }}) is unhealthy, and at fault: connections to it are refused, broken off or not answered, questions for names are not answered, or it cannot make connections itself.',
        console: consoleLink('health', { server_service: 'service' }),
      },
    },
    {
      alert: 'HeadwaterConnectionsFailing',
      expr: edges(`state="unhealthy",cause=~"${FAILING}",at_fault!~"client|server"`),
      for: wait.connections,
      labels: { severity: 'critical' },
      annotations: {
        summary: `${client} does not reach ${server}`,
        description: `Connections from ${client} to ${server} fail ({{ $labels.cause }}), and neither of them is known to be the reason: look at what is between them.`,
        console: edgeLink,
      },
    },
    {
      alert: 'HeadwaterConnectionsUnreliable',
      expr: edges(`state="degraded",cause=~"${FAILING}"`),
      for: wait.unreliable,
      labels: { severity: 'warning' },
      annotations: {
        summary: `Some connections from ${client} to ${server} fail`,
        description: `Some of the connections from ${client} to ${server} fail ({{ $labels.cause }}).`,
        console: edgeLink,
      },
    },
    {
      alert: 'HeadwaterLatencyHigh',
      expr: edges('state=~"degraded|unhealthy",cause=~"slow-connect|slow-round-trip"'),
      for: wait.latency,
      labels: { severity: 'warning' },
      annotations: {
        summary: `${client} to ${server} is slow`,
        description: `Connections from ${client} to ${server} are slow ({{ $labels.cause }}), far above what they were or above the threshold.`,
        console: edgeLink,
      },
    },
    {
      alert: 'HeadwaterNamesSlow',
      expr: edges('state=~"degraded|unhealthy",cause="dns-slow"', 'server_cluster, server_namespace, server_service'),
      for: wait.names,
      labels: { severity: 'warning' },
      annotations: {
        summary: `${server} is slow to answer for names`,
        description: `The name server ${server} takes long to answer: whoever asks it waits before each new connection.`,
        console: consoleLink('health', { server_service: 'server_service' }),
      },
    },
    {
      alert: 'HeadwaterRetransmits',
      expr: edges('state=~"degraded|unhealthy",cause="retransmits"'),
      for: wait.retransmits,
      labels: { severity: 'warning' },
      annotations: {
        summary: `Segments between ${client} and ${server} are lost`,
        description: `Many segments between ${client} and ${server} have to be sent again: the path loses packets.`,
        console: edgeLink,
      },
    },
  ]
}

function changeRules({ newEdge, cost, for: wait }: AlertSettings): AlertRule[] {
  const series = 'headwater_edge_connections_total'
  const named = `${series}{client_service!~"${NAMELESS}",server_service!~"${NAMELESS}"}`
  const cents = (range: string) => `max by (item, currency) (avg_over_time(headwater_cost_per_day[${range}))`
  const [recent, before] = [cents(`${cost.recent}]`), cents(`${cost.before}] offset ${cost.recent}`)]
  return [
    {
      alert: 'HeadwaterNewDependency',
      expr: `(
  sum by (${EDGE}) (${named}) > 0
  unless
  sum by (${EDGE}) (max_over_time(${series}[${newEdge.seen}] offset ${newEdge.young}))
) and on () (count(${series} offset ${newEdge.warm}) > 0)`,
      labels: { severity: 'info' },
      annotations: {
        summary: `${client} now calls ${server}`,
        description: `${client} has connections to ${server}, and had none in the ${newEdge.seen} before.`,
        console: edgeLink,
      },
    },
    {
      alert: 'HeadwaterCostSpike',
      expr: `${recent} > ${cost.times} * ${before}
and ${recent} - ${before} > ${cost.least}`,
      for: wait.cost,
      labels: { severity: 'warning' },
      annotations: {
        summary: 'Data transfer ({{ $labels.item }}) costs far more than before',
        description: `Traffic paid as {{ $labels.item }} costs {{ $value | printf "%.2f" }} {{ $labels.currency }} a day at the rate of the last ${cost.recent}, more than ${cost.times} times what it was in the ${cost.before} before.`,
        console: consoleLink('cost'),
      },
    },
  ]
}

function selfRules({ limitUsed, delivered, coverage, lagSeconds, for: wait }: AlertSettings): AlertRule[] {
  const fleet = consoleLink('fleet')
  return [
    {
      alert: 'HeadwaterNodeSilent',
      expr: 'max by (cluster, node) (headwater_node_up) == 0',
      for: wait.node,
      labels: { severity: 'critical' },
      annotations: {
        summary: '{{ $labels.node }} is silent',
        description:
          'Nothing is heard of the agent on {{ $labels.cluster }}/{{ $labels.node }}, and it was not stopped: the node or its agent is down, or it does not reach the bus.',
        console: fleet,
      },
    },
    {
      alert: 'HeadwaterNodeLimitNear',
      expr: `max by (cluster, node, kind) (headwater_node_limit_used_ratio) >= ${limitUsed}`,
      for: wait.limit,
      labels: { severity: 'warning' },
      annotations: {
        summary: '{{ $labels.node }} is running out: {{ $labels.kind }}',
        description: `On {{ $labels.cluster }}/{{ $labels.node }} ${percent} of a limit of its kernel is in use ({{ $labels.kind }}): at the limit new connections fail or packets are dropped. The fleet page says which one, and what to do.`,
        console: fleet,
      },
    },
    {
      alert: 'HeadwaterRowsLost',
      expr: `min(headwater_delivered_ratio) < ${delivered}`,
      for: wait.rows,
      labels: { severity: 'warning' },
      annotations: {
        summary: 'Rows do not reach the store',
        description: `Only ${percent} of the rows that agents produced in the last minutes are stored: views miss traffic.`,
        console: fleet,
      },
    },
    {
      alert: 'HeadwaterCoverageLow',
      expr: `min(headwater_coverage_ratio) < ${coverage}`,
      for: wait.coverage,
      labels: { severity: 'warning' },
      annotations: {
        summary: 'Parts of the fleet are not observed',
        description: `Nodes were heard for ${percent} of the time that they should have been: agents are down or cut off.`,
        console: fleet,
      },
    },
    {
      alert: 'HeadwaterIngestLag',
      expr: `max by (replica) (headwater_ingest_lag_seconds) > ${lagSeconds}`,
      for: wait.lag,
      labels: { severity: 'warning' },
      annotations: {
        summary: 'Ingest {{ $labels.replica }} is behind',
        description:
          'What the ingest replica {{ $labels.replica }} takes from the bus is {{ $value | humanizeDuration }} old when it is stored, or waits so long for the store: views are that much behind.',
        console: fleet,
      },
    },
    {
      alert: 'HeadwaterStoreDown',
      expr: 'min(headwater_query_store_up) == 0',
      for: wait.down,
      labels: { severity: 'critical' },
      annotations: {
        summary: 'The store does not answer',
        description: 'ClickHouse does not answer the query service: nothing can be shown, and health is not judged.',
        console: fleet,
      },
    },
    {
      alert: 'HeadwaterDown',
      expr: 'up{job="headwater"} == 0',
      for: wait.down,
      labels: { severity: 'critical' },
      annotations: {
        summary: '{{ $labels.instance }} cannot be scraped',
        description:
          'Prometheus gets no metrics from {{ $labels.instance }}: other alerts of Headwater may be missing.',
        console: fleet,
      },
    },
  ]
}

/** Every rule of deploy/prometheus. */
export const alertRules = (settings: AlertSettings = standardSettings): AlertRule[] => [
  ...healthRules(settings),
  ...changeRules(settings),
  ...selfRules(settings),
]
