import { changes, dashboard } from '../lib/dashboard.ts'
import { levels, linked, stateColumn, steps, wide } from '../lib/fields.ts'
import { toService, uids } from '../lib/links.ts'
import { lines, stat, table } from '../lib/panels.ts'
import { type Asked, number } from '../lib/query.ts'
import { client, server } from '../lib/variables.ts'

const filter = '{client_service="$client",server_service="$server"}'
const figure = (field: string) => number('edges', field, { filter })
const ends = (...labels: string[]) => labels.flatMap((label) => [`client_${label}`, `server_${label}`])
const facts = [
  ...['state', 'reason', 'bytes_per_second', 'connects', 'failures', 'retransmits'],
  ...['connect_us_p95', 'srtt_us_p95'],
]
const flowFields = [
  ...['time', 'side', 'node', 'process', 'local_ip', 'remote_ip', 'remote_port', 'tx_bytes', 'rx_bytes', 'connects'],
  ...['failures', 'failure_reason', 'connect_us', 'srtt_us', 'retransmits'],
]
const series = (...fields: string[]): Asked => ({ queryType: 'series', filter, fields })

/** One edge, down to its flows. */
export const edge = dashboard({
  uid: uids.edge,
  title: 'Headwater / Edge',
  description: 'What one service asks of another, down to processes and flows.',
  from: 'now-1h',
  variables: [client, server],
  changes: changes(filter),
  rows: [
    {
      height: 4,
      panels: [
        stat({ title: 'Health' }, figure('state_level'), { mappings: [levels], noValue: 'unknown' }),
        stat({ title: 'Traffic' }, figure('bytes_per_second'), {}, 'sum'),
        stat({ title: 'Attempts that fail' }, figure('failure_ratio'), {
          thresholds: steps('green', [0.02, 'orange'], [0.2, 'red']),
        }),
        stat({ title: 'Segments sent again' }, figure('retransmit_ratio'), {
          thresholds: steps('green', [0.02, 'orange'], [0.1, 'red']),
        }),
        stat({ title: 'Time to connect, p95' }, figure('connect_us_p95'), {
          thresholds: steps('green', [880_000, 'orange']),
        }),
        stat({ title: 'Round trip, p95' }, figure('srtt_us_p95'), { thresholds: steps('green', [500_000, 'orange']) }),
      ],
    },
    {
      height: 8,
      panels: [
        lines({ title: 'Payload', description: 'Sums of each step.' }, [
          series('client_to_server_bytes', 'server_to_client_bytes'),
        ]),
        lines({ title: 'Connections, failures', description: 'Sums of each step.' }, [series('connects', 'failures')]),
      ],
    },
    {
      height: 8,
      panels: [
        lines({ title: 'Time to connect, round trip', description: 'Means of each step.' }, [
          series('connect_us', 'srtt_us'),
        ]),
        lines({ title: 'Segments sent again', description: 'Sums of each step.' }, [series('retransmits')]),
        lines({ title: 'Open connections' }, [series('open')]),
      ],
    },
    {
      heading: 'What it is made of',
      height: 5,
      panels: [
        table(
          { title: 'Edge', description: 'A row for each cluster and transport.' },
          { queryType: 'edges', filter, fields: [...ends('service', 'cluster'), ...facts] },
          [stateColumn, wide('reason', 320), linked(/^(client|server)_service$/, toService)],
        ),
      ],
    },
    {
      height: 8,
      panels: [
        table(
          { title: 'By process' },
          {
            ...{ queryType: 'edges', groupBy: 'process', filter, limit: 200 },
            fields: [...ends('process', 'node'), ...facts],
          },
          [stateColumn, wide('reason', 320)],
        ),
      ],
    },
    {
      height: 12,
      panels: [
        table(
          { title: 'Flows', description: 'Newest first. Each end of a connection tells of itself.' },
          { queryType: 'flows', filter, limit: 200, fields: flowFields },
          [wide('time', 160), wide('local_ip', 110), wide('remote_ip', 110)],
        ),
      ],
    },
  ],
})
