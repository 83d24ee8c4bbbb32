import { type Rule, threshold } from './rule.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE

/** Nothing seen is nothing wrong; and an error is told of once, by the rule for it, while what fires goes on firing. */
const calm = { noData: 'OK', onError: 'KeepLast' } as const
const long = { format: 'long' } as const
const edgeOf = '{{ .Labels.client_service }} to {{ .Labels.server_service }}'

export const groups: { name: string; interval: string; rules: Rule[] }[] = [
  {
    name: 'Headwater: services',
    interval: '30s',
    rules: [
      {
        uid: 'headwater-service-failing',
        title: 'Service failing',
        why: 'Health is judged by Headwater (docs/health.md): 2 is unhealthy; what is unknown is no number.',
        queries: [{ refId: 'A', from: 5 * MINUTE, query: { queryType: 'services', fields: ['state_level'], ...long } }],
        expressions: [threshold('A', 'gt', 1)],
        for: '1m',
        ...calm,
        severity: 'critical',
        // In labels, unlike in annotations, $$ is one $ in every version.
        labels: { service_name: '{{ $$labels.service }}' },
        summary: '{{ .Labels.service }} is unhealthy',
        description:
          'Its clients are refused, broken off or not answered, or its path is bad. The dashboard "Service health" tells which.',
      },
      {
        uid: 'headwater-connections-failing',
        title: 'Connections fail',
        why: 'A count over whole steps, so that a single failure among few attempts wakes nobody.',
        queries: [
          {
            refId: 'A',
            from: 5 * MINUTE,
            query: { queryType: 'series', split: 'edge', fields: ['failures'] },
          },
        ],
        expressions: [{ refId: 'B', type: 'reduce', expression: 'A', reducer: 'sum' }, threshold('B', 'gt', 20)],
        for: '2m',
        ...calm,
        severity: 'warning',
        summary: `Connections from ${edgeOf} fail`,
        description: '{{ .Values.B }} failed within five minutes. The dashboard "Edge" tells why.',
      },
      {
        uid: 'headwater-retransmits',
        title: 'Segments are sent again',
        why: 'The second threshold of docs/health.md.',
        queries: [
          { refId: 'A', from: 5 * MINUTE, query: { queryType: 'edges', fields: ['retransmit_ratio'], ...long } },
        ],
        expressions: [threshold('A', 'gt', 0.1)],
        for: '2m',
        ...calm,
        severity: 'warning',
        summary: `The path from ${edgeOf} loses segments`,
        description: 'More than a tenth of the segments are sent again.',
      },
      {
        uid: 'headwater-round-trip',
        title: 'Round trips are slow',
        why: 'The threshold of docs/health.md, in microseconds; put in what your paths allow.',
        queries: [{ refId: 'A', from: 5 * MINUTE, query: { queryType: 'edges', fields: ['srtt_us_p95'], ...long } }],
        expressions: [threshold('A', 'gt', 500_000)],
        for: '2m',
        ...calm,
        severity: 'warning',
        summary: `Round trips from ${edgeOf} are slow`,
        description: 'The 95th percentile of the round-trip time is above half a second.',
      },
    ],
  },
  {
    name: 'Headwater: cost',
    interval: '5m',
    rules: [
      {
        uid: 'headwater-cost-spike',
        title: 'Cost spike',
        why: 'The last hour beside the day before it, both as a rate per day; small bills may double.',
        queries: [
          { refId: 'A', from: HOUR, query: { queryType: 'cost', fields: ['per_day'], ...long } },
          { refId: 'B', from: 25 * HOUR, to: HOUR, query: { queryType: 'cost', fields: ['per_day'], ...long } },
        ],
        expressions: [
          // Grafana takes queries and expressions of a rule as they are written: $ is not doubled here.
          { refId: 'D', type: 'math', expression: '$A > 2 * $B && $A > 10' },
          threshold('D', 'gt', 0),
        ],
        for: '15m',
        ...calm,
        severity: 'info',
        summary: 'Traffic costs more than twice of what it did',
        description: 'The dashboard "Data transfer and cost" tells between whom.',
      },
    ],
  },
  {
    name: 'Headwater: agents',
    interval: '30s',
    rules: [
      {
        uid: 'headwater-node-silent',
        title: 'Node silent',
        why: 'An agent that ended by itself says so and is not silent. No node at all is worth a word: NoData.',
        queries: [{ refId: 'A', from: 5 * MINUTE, query: { queryType: 'nodes', fields: ['up'], ...long } }],
        expressions: [threshold('A', 'lt', 1)],
        for: '1m',
        noData: 'NoData',
        onError: 'KeepLast',
        severity: 'warning',
        summary: 'The agent of {{ .Labels.node }} is silent',
        description:
          'Nothing was heard of it, and it did not say that it ends. What happens on the node is seen from other nodes alone.',
      },
      {
        uid: 'headwater-rows-lost',
        title: 'Rows are lost',
        why: 'Of a quarter of an hour: rows on their way are not lost.',
        queries: [
          { refId: 'A', from: 15 * MINUTE, query: { queryType: 'completeness', fields: ['delivered'], ...long } },
        ],
        expressions: [threshold('A', 'lt', 0.99)],
        for: '5m',
        ...calm,
        severity: 'warning',
        summary: 'Less than 99 % of the rows arrive',
        description: 'The dashboard "Agents and completeness" tells on which nodes rows are dropped.',
      },
      {
        uid: 'headwater-coverage',
        title: 'Coverage is low',
        why: 'Of a quarter of an hour: a node that starts anew is no gap to tell of.',
        queries: [
          { refId: 'A', from: 15 * MINUTE, query: { queryType: 'completeness', fields: ['coverage'], ...long } },
        ],
        expressions: [threshold('A', 'lt', 0.9)],
        for: '5m',
        ...calm,
        severity: 'warning',
        summary: 'Less than 90 % of the nodes are seen',
        description: 'The dashboard "Agents and completeness" tells which of them are silent.',
      },
      {
        uid: 'headwater-unanswered',
        title: 'Headwater does not answer',
        why: 'Never true by its number: it fires where the query fails. The one rule that tells of errors; all others keep their state meanwhile.',
        queries: [
          { refId: 'A', from: 5 * MINUTE, query: { queryType: 'completeness', fields: ['nodes_expected'], ...long } },
        ],
        expressions: [threshold('A', 'lt', 0)],
        for: '2m',
        noData: 'OK',
        onError: 'Alerting',
        severity: 'critical',
        summary: 'Headwater does not answer',
        description:
          'Grafana cannot evaluate the other rules of Headwater. "Save & test" of the data source tells why.',
      },
    ],
  },
]
