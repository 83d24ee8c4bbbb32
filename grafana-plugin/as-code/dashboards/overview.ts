import { changes, dashboard } from '../lib/dashboard.ts'
import { linked, stateColumn, steps, wide } from '../lib/fields.ts'
import { seriesToServer, toService, uids } from '../lib/links.ts'
import { health, lines, map, stat, table } from '../lib/panels.ts'
import { number } from '../lib/query.ts'
import { cluster, namespace } from '../lib/variables.ts'

const filter = '{cluster="$cluster",namespace="$namespace"}'
const share = { unit: 'percentunit', decimals: 1, min: 0, max: 1 }

/** What a fleet does at this moment, and how much of it is seen. */
export const overview = dashboard({
  uid: uids.overview,
  title: 'Headwater / Fleet overview',
  description: 'What talks to what, what is unwell, what it costs, and how much of the truth this is.',
  from: 'now-1h',
  variables: [cluster, namespace],
  changes: changes(filter),
  rows: [
    {
      height: 4,
      panels: [
        stat(
          {
            title: 'Rows delivered',
            description: 'Of the rows that agents made, those that are stored. Of all clusters.',
          },
          number('completeness', 'delivered'),
          { ...share, thresholds: steps('red', [0.99, 'orange'], [0.999, 'green']) },
        ),
        stat(
          {
            title: 'Nodes covered',
            description: 'Of the time of all nodes that should report, what was reported. Of all clusters.',
          },
          number('completeness', 'coverage'),
          { ...share, thresholds: steps('red', [0.9, 'orange'], [0.99, 'green']) },
        ),
        stat({ title: 'Nodes heard' }, number('completeness', 'nodes_heard')),
        stat({ title: 'Nodes silent' }, number('completeness', 'nodes_silent'), {
          thresholds: steps('green', [1, 'red']),
        }),
        stat(
          { title: 'Cost a day', description: 'At the rate of the time range.' },
          number('cost', 'per_day', { filter }),
        ),
        stat(
          { title: 'Cost a month', description: 'Of 30 days, at the rate of the time range.' },
          number('cost', 'per_month', { filter }),
        ),
      ],
    },
    {
      height: 14,
      widths: [13, 11],
      panels: [
        map({ title: 'Map' }, { filter }, { completeness: false }),
        health(
          { title: 'Unwell', description: 'Services that are unhealthy or degraded.' },
          { filter },
          { all: false, completeness: false },
        ),
      ],
    },
    {
      height: 8,
      panels: [
        lines({ title: 'Payload', description: 'Sums of each step.' }, [
          { queryType: 'series', filter, fields: ['client_to_server_bytes', 'server_to_client_bytes'] },
        ]),
        lines({ title: 'Connections and failures', description: 'Sums of each step.' }, [
          { queryType: 'series', filter, fields: ['connects', 'failures'] },
        ]),
        lines(
          { title: 'Failures by server', description: 'Sums of each step; of the ten busiest servers.' },
          [{ queryType: 'series', filter, fields: ['failures'], split: 'server', limit: 10 }],
          { stacked: true, links: [seriesToServer] },
        ),
      ],
    },
    {
      height: 10,
      panels: [
        table(
          { title: 'Services' },
          {
            queryType: 'services',
            filter,
            fields: [
              'cluster',
              'namespace',
              'service',
              'state',
              'reason',
              'connects',
              'accepts',
              'failures',
              'failure_ratio',
              'tx_bytes_per_second',
              'rx_bytes_per_second',
            ],
          },
          [stateColumn, wide('reason', 320), linked('service', toService)],
          'failures',
        ),
      ],
    },
  ],
})
