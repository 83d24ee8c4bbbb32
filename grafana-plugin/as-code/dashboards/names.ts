import { dashboard } from '../lib/dashboard.ts'
import { linked, stateColumn, steps, wide } from '../lib/fields.ts'
import { toService, uids } from '../lib/links.ts'
import { lines, stat, table } from '../lib/panels.ts'
import type { Asked } from '../lib/query.ts'
import { cluster, namespace } from '../lib/variables.ts'

const asker = 'client_cluster="$cluster",client_namespace="$namespace"'
const filter = `{${asker}}`
const servers = `{${asker},server_port="53"}`
/** All that the API gives: what is left out is in no sum. */
const GROUPS = 1_000
/** As a table: questions are a list of what happened, and no series of numbers. */
const figure = (field: string): Asked => ({ queryType: 'dns', format: 'table', fields: [field], filter, limit: GROUPS })
const outcome = ['questions', 'failures', 'timeouts', 'failure_ratio', 'p50_us', 'p95_us', 'max_us', 'clients']

/** Questions for names: who asks, what is answered and how fast. */
export const names = dashboard({
  uid: uids.names,
  title: 'Headwater / Names (DNS)',
  description: 'Which names are asked for, what comes of it, and how the name servers are.',
  from: 'now-1h',
  variables: [cluster, namespace],
  rows: [
    {
      height: 4,
      panels: [
        stat({ title: 'Questions' }, figure('questions'), {}, 'sum'),
        stat(
          { title: 'Fail', description: 'Without an answer, or with an error; that there is no such name is none.' },
          figure('failures'),
          { thresholds: steps('green', [1, 'orange']) },
          'sum',
        ),
        stat(
          { title: 'Without an answer', description: 'For 5 s.' },
          figure('timeouts'),
          { thresholds: steps('green', [1, 'orange']) },
          'sum',
        ),
        stat({ title: 'Slowest, p95', description: 'Of one name, type and code.' }, figure('p95_us'), {
          thresholds: steps('green', [220_000, 'orange'], [1_050_000, 'red']),
        }),
      ],
    },
    {
      heading: 'Name servers',
      height: 8,
      panels: [
        table(
          { title: 'Who asks whom', description: 'Port 53, with health as on the map.' },
          {
            ...{ queryType: 'edges', filter: servers, limit: 500 },
            fields: ['client_service', 'server_service', 'transport', 'state', 'reason', 'bytes_per_second'],
          },
          [stateColumn, wide('reason', 420), linked(/^(client|server)_service$/, toService)],
        ),
        lines({ title: 'Payload to and from port 53', description: 'Sums of each step.' }, [
          {
            queryType: 'series',
            filter: servers,
            fields: ['client_to_server_bytes', 'server_to_client_bytes'],
          },
        ]),
      ],
    },
    {
      heading: 'Names',
      height: 14,
      panels: [
        table(
          { title: 'By name, type and code', description: 'Most questions first.' },
          { queryType: 'dns', filter, limit: GROUPS, fields: ['name', 'type', 'rcode', ...outcome, 'answers', 'last'] },
          [wide('name', 260), wide('answers', 260), wide('last', 160)],
        ),
      ],
    },
  ],
})
