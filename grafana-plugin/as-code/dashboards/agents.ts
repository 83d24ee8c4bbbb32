import { changes, dashboard } from '../lib/dashboard.ts'
import { stateColumn, steps, wide } from '../lib/fields.ts'
import { uids } from '../lib/links.ts'
import { bars, stat, table } from '../lib/panels.ts'
import { number } from '../lib/query.ts'

const share = { unit: 'percentunit', decimals: 2, min: 0, max: 1 }

/** The agents, and how much of the truth arrives. Of all clusters: these figures take no filter. */
export const agents = dashboard({
  uid: uids.agents,
  title: 'Headwater / Agents and completeness',
  description: 'Which nodes report, what their agents cost, and how much of the truth arrives. Of all clusters.',
  from: 'now-1h',
  variables: [],
  changes: changes(''),
  rows: [
    {
      height: 4,
      panels: [
        stat(
          { title: 'Rows delivered', description: 'Of the rows that agents made, those that are stored.' },
          number('completeness', 'delivered'),
          { ...share, thresholds: steps('red', [0.99, 'orange'], [0.999, 'green']) },
        ),
        stat(
          { title: 'Nodes covered', description: 'Of the time of all nodes that should report, what was reported.' },
          number('completeness', 'coverage'),
          { ...share, thresholds: steps('red', [0.9, 'orange'], [0.99, 'green']) },
        ),
        stat({ title: 'Nodes expected' }, number('completeness', 'nodes_expected')),
        stat({ title: 'Nodes silent' }, number('completeness', 'nodes_silent'), {
          thresholds: steps('green', [1, 'red']),
        }),
        stat({ title: 'Rows stored' }, number('completeness', 'rows_stored')),
        stat({ title: 'Rows dropped' }, number('completeness', 'rows_dropped'), {
          thresholds: steps('green', [1, 'orange']),
        }),
      ],
    },
    {
      height: 12,
      panels: [
        table(
          { title: 'Nodes' },
          {
            queryType: 'nodes',
            limit: 5_000,
            fields: [
              ...['cluster', 'node', 'zone', 'state', 'heard_age_seconds', 'started', 'clock_offset_ms'],
              ...['version', 'kernel', 'capabilities_missing', 'limit_used_ratio', 'notice'],
            ],
          },
          [stateColumn, wide('started', 160), wide('notice', 420)],
          'heard_age_seconds',
        ),
      ],
    },
    {
      heading: 'What agents make and take',
      height: 10,
      panels: [
        table(
          { title: 'Rows' },
          {
            queryType: 'nodes',
            limit: 5_000,
            fields: [
              ...['cluster', 'node', 'rows_produced', 'rows_stored', 'rows_dropped', 'losses', 'rows_excluded'],
              ...['cpu_used', 'given_up', 'rss_bytes', 'kernel_bytes', 'ring_peak_ratio'],
            ],
          },
          [],
          'rows_dropped',
        ),
        bars(
          { title: 'Memory of agents' },
          number('nodes', 'rss_bytes', { limit: 5_000, by: ['cluster', 'node'] }),
          50,
        ),
      ],
    },
  ],
})
