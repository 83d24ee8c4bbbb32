import { changes, dashboard } from '../lib/dashboard.ts'
import { linked, stateColumn, wide } from '../lib/fields.ts'
import { seriesToClient, seriesToServer, toEdge, uids } from '../lib/links.ts'
import { health, lines, map, table } from '../lib/panels.ts'
import type { Asked } from '../lib/query.ts'
import { cluster, service } from '../lib/variables.ts'

const around = '{cluster="$cluster",service="$service"}'
const incoming = '{cluster="$cluster",server_service="$service"}'
const outgoing = '{cluster="$cluster",client_service="$service"}'

const series = (filter: string, fields: string[], split: Asked['split'] = 'none'): Asked => ({
  ...{ queryType: 'series', filter, fields, split, limit: 10 },
})
const edges = (title: string, filter: string, other: 'client' | 'server') =>
  table(
    { title },
    {
      queryType: 'edges',
      filter,
      fields: [
        ...['client_service', 'server_service', 'state', 'reason', 'server_ports', 'bytes_per_second', 'connects'],
        ...['failures', 'failure_ratio', 'failure_reasons', 'retransmit_ratio', 'connect_us_p95', 'srtt_us_p95'],
      ],
    },
    [stateColumn, wide('reason', 240), linked(`${other}_service`, toEdge)],
    'failures',
  )

const processFields = [
  ...['cluster', 'node', 'process', 'state', 'reason', 'connects', 'accepts', 'failures'],
  ...['tx_bytes_per_second', 'rx_bytes_per_second'],
]

/** One service: what its clients see of it, and what it sees of those that it calls. */
export const serviceHealth = dashboard({
  uid: uids.service,
  title: 'Headwater / Service health',
  description: 'One service: who calls it, what it calls, and whether that works.',
  from: 'now-1h',
  variables: [service, cluster],
  changes: changes(around),
  rows: [
    {
      height: 12,
      panels: [
        health({ title: 'Health', description: 'Of the service and of those next to it.' }, { filter: around }),
        map({ title: 'Neighbours' }, { filter: around }, { completeness: false }),
      ],
    },
    {
      heading: 'What its clients see',
      height: 8,
      panels: [
        lines(
          { title: 'Connections by client', description: 'Sums of each step.' },
          [series(incoming, ['connects'], 'client')],
          { stacked: true, links: [seriesToClient] },
        ),
        lines(
          { title: 'Failures by client', description: 'Sums of each step.' },
          [series(incoming, ['failures'], 'client')],
          { stacked: true, links: [seriesToClient] },
        ),
        lines({ title: 'Time to connect, round trip', description: 'Means of each step.' }, [
          series(incoming, ['connect_us', 'srtt_us']),
        ]),
      ],
    },
    { height: 8, panels: [edges('Clients', incoming, 'client')] },
    {
      heading: 'What it calls',
      height: 8,
      panels: [
        lines(
          { title: 'Connections by server', description: 'Sums of each step.' },
          [series(outgoing, ['connects'], 'server')],
          { stacked: true, links: [seriesToServer] },
        ),
        lines(
          { title: 'Failures by server', description: 'Sums of each step.' },
          [series(outgoing, ['failures'], 'server')],
          { stacked: true, links: [seriesToServer] },
        ),
        lines({ title: 'Segments sent again', description: 'Sums of each step.' }, [series(outgoing, ['retransmits'])]),
      ],
    },
    { height: 8, panels: [edges('Servers', outgoing, 'server')] },
    {
      heading: 'Where it runs',
      height: 8,
      panels: [
        table(
          { title: 'Processes around it' },
          { queryType: 'services', groupBy: 'process', filter: around, limit: 200, fields: processFields },
          [stateColumn, wide('reason', 420)],
        ),
      ],
    },
  ],
})
