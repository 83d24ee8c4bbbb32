import { FieldColorModeId } from '@grafana/schema'
import { dashboard } from '../lib/dashboard.ts'
import { linked, stateColumn, wide } from '../lib/fields.ts'
import { toService, uids } from '../lib/links.ts'
import { bars, lines, stat, table } from '../lib/panels.ts'
import { number } from '../lib/query.ts'
import { cluster, namespace } from '../lib/variables.ts'

const filter = '{cluster="$cluster",namespace="$namespace"}'
/** All that there are: what is left out is in no sum. */
const PAIRS = 10_000
const colored = { color: { mode: FieldColorModeId.ContinuousBlPu } }

/** What passes between the zones, or clusters, of the two ends. */
const crossings = (title: string, groupBy: 'zone' | 'cluster') =>
  table(
    { title },
    {
      queryType: 'edges',
      groupBy,
      filter,
      fields: [
        ...[`client_${groupBy}`, `server_${groupBy}`, 'state', 'bytes_per_second'],
        ...['client_to_server_wire_bytes', 'server_to_client_wire_bytes'],
      ],
    },
    [stateColumn],
  )

/** What traffic costs, between whom, and over which borders. */
export const cost = dashboard({
  uid: uids.cost,
  title: 'Headwater / Data transfer and cost',
  description: 'What traffic costs by the price table, between which services, zones and regions.',
  from: 'now-24h',
  refresh: '5m',
  variables: [cluster, namespace],
  rows: [
    {
      height: 4,
      panels: [
        stat({ title: 'Cost', description: 'Of the time range.' }, number('cost', 'cost', { filter })),
        stat({ title: 'A day', description: 'At the rate of the time range.' }, number('cost', 'per_day', { filter })),
        stat(
          { title: 'A month', description: 'Of 30 days, at the rate of the time range.' },
          number('cost', 'per_month', { filter }),
        ),
        stat(
          { title: 'On the wire', description: 'Payload and headers, as they are charged.' },
          number('cost', 'wire_bytes', { filter }),
        ),
      ],
    },
    {
      height: 10,
      panels: [
        bars(
          { title: 'A month, by client' },
          number('cost', 'per_month', { filter, split: 'client', limit: PAIRS, by: ['client_service'] }),
          12,
          colored,
        ),
        bars(
          { title: 'A month, by server' },
          number('cost', 'per_month', { filter, split: 'server', limit: PAIRS, by: ['server_service'] }),
          12,
          colored,
        ),
      ],
    },
    {
      height: 10,
      panels: [
        table(
          { title: 'What costs most' },
          {
            queryType: 'cost',
            filter,
            limit: 500,
            fields: [
              ...[
                'client_service',
                'client_zone',
                'server_service',
                'server_zone',
                'path_class',
                'nat_gateway',
                'items',
              ],
              ...['cost', 'per_month', 'client_to_server_wire_bytes', 'server_to_client_wire_bytes'],
            ],
          },
          [wide('items', 220), linked(/^(client|server)_service$/, toService)],
          'per_month',
        ),
      ],
    },
    {
      heading: 'Data transfer',
      height: 9,
      panels: [
        lines(
          { title: 'From client to server, between zones', description: 'Payload; sums of each step.' },
          [
            {
              queryType: 'series',
              filter,
              groupBy: 'zone',
              split: 'edge',
              fields: ['client_to_server_bytes'],
              limit: 10,
            },
          ],
          { stacked: true },
        ),
        lines(
          { title: 'From server to client, between zones', description: 'Payload; sums of each step.' },
          [
            {
              queryType: 'series',
              filter,
              groupBy: 'zone',
              split: 'edge',
              fields: ['server_to_client_bytes'],
              limit: 10,
            },
          ],
          { stacked: true },
        ),
      ],
    },
    {
      height: 9,
      panels: [crossings('Between zones', 'zone'), crossings('Between clusters', 'cluster')],
    },
  ],
})
