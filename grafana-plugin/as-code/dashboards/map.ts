import { changes, dashboard } from '../lib/dashboard.ts'
import { linked, stateColumn, wide } from '../lib/fields.ts'
import { toEdge, uids } from '../lib/links.ts'
import { map, nodeGraph, table } from '../lib/panels.ts'
import { cluster, grouping, namespace, services } from '../lib/variables.ts'

const filter = '{cluster="$cluster",namespace="$namespace",service="$service"}'

/** The map alone, by any grouping, and the same as Grafana's own panel and as a table. */
export const serviceMap = dashboard({
  uid: uids.map,
  title: 'Headwater / Service map',
  description: 'What talks to what.',
  from: 'now-15m',
  variables: [grouping, cluster, namespace, services],
  changes: changes(filter),
  rows: [
    { height: 20, panels: [map({ title: 'Map' }, { filter, groupBy: '$grouping' })] },
    {
      heading: 'Edges',
      height: 12,
      panels: [
        table(
          { title: 'Edges between services', description: 'Busiest first.' },
          {
            queryType: 'edges',
            filter,
            fields: [
              ...['client_service', 'server_service', 'state', 'cause', 'reason'],
              ...[
                'bytes_per_second',
                'connects',
                'failures',
                'failure_ratio',
                'retransmit_ratio',
                'connect_us_p95',
                'srtt_us_p95',
              ],
            ],
          },
          [stateColumn, wide('reason', 340), linked(/^(client|server)_service$/, toEdge)],
        ),
      ],
    },
    {
      heading: "Grafana's Node Graph",
      height: 16,
      panels: [
        nodeGraph(
          { title: 'Node Graph', description: "Grafana's own panel, which shows 200 nodes." },
          { filter, groupBy: '$grouping' },
        ),
      ],
    },
  ],
})
