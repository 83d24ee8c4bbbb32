import { percent, share } from '../../format/number.js'
import { printable } from '../../format/text.js'
import type { GraphEdge, GraphNode } from '../../map/graph.js'
import { Glyph } from '../basics/Glyph.js'
import { Name } from '../basics/Name.js'
import { Bytes, Count, Quantile } from '../basics/Quantity.js'
import { ChangeChip } from '../changes/Change.js'
import { StateText } from '../health/State.js'
import { severityOf } from '../health/states.js'
import { failuresText, NAT_TEXT, portsText } from '../map/facts.js'
import type { Column } from './DataTable.js'

const changeOrder = ['new', 'gone', 'changed', 'same']

export const endCell = (n: GraphNode) => (
  <span className="hw-cell-name">
    <Glyph shape={n.shape} />
    <Name text={n.label} />
  </span>
)

const stateColumn: Column<GraphEdge> = {
  id: 'state',
  title: 'State',
  help: 'Health, by the thresholds of the API',
  numeric: false,
  width: 124,
  key: (e) => -severityOf(e.data.health.state),
  cell: (e) => (
    <span title={printable(e.data.health.reason)}>
      <StateText state={e.data.health.state} />
    </span>
  ),
}

function Failures({ edge: { data } }: { edge: GraphEdge }) {
  if (data.failures === 0) return <Count value={0} />
  const reasons = failuresText(data)
  const one = Object.keys(data.failure_reasons).length === 1
  return (
    <span className="hw-bad" title={reasons}>
      <Count value={data.failures} /> <small>{one ? reasons.replace(/ [\d,]+$/, '') : 'mixed'}</small>
    </span>
  )
}

const changeColumn: Column<GraphEdge> = {
  id: 'change',
  title: 'Change',
  help: 'Since the range compared with',
  numeric: false,
  width: 260,
  key: (e) => changeOrder.indexOf(e.data.change?.kind ?? 'same'),
  cell: ({ data: { change } }) =>
    change?.kind === 'same' ? (
      <span className="hw-zero">same</span>
    ) : (
      change && (
        <span title={printable(change.reason)}>
          <ChangeChip change={change} /> <small className="hw-muted">{printable(change.reason)}</small>
        </span>
      )
    ),
}

/** Columns of the table behind the map. `compared`: with what became of each edge. */
export const edgeColumns = (rangeMs: number, compared: boolean): Column<GraphEdge>[] => [
  stateColumn,
  ...(compared ? [changeColumn] : []),
  {
    id: 'client',
    title: 'Client',
    help: 'The end that connected',
    numeric: false,
    key: (e) => e.source.label,
    cell: (e) => endCell(e.source),
  },
  {
    id: 'server',
    title: 'Server',
    help: 'The end that accepted',
    numeric: false,
    key: (e) => e.target.label,
    cell: (e) => (
      <span className="hw-cell-name">
        {endCell(e.target)}
        {!e.data.counted && (
          <span className="hw-mark" title={`${NAT_TEXT}: not in the sums`}>
            NAT
          </span>
        )}
      </span>
    ),
  },
  {
    id: 'port',
    title: 'Port',
    help: "The server's ports, busiest first",
    numeric: true,
    width: 82,
    key: (e) => e.data.server_ports[0] ?? null,
    cell: ({ data }) => (
      <span className="hw-number" title={data.server_ports.join(', ')}>
        {portsText(data.server_ports) || '–'}
      </span>
    ),
  },
  {
    id: 'client_to_server_bytes',
    title: 'To server',
    help: 'Payload sent by the client',
    numeric: true,
    width: 88,
    key: (e) => e.data.client_to_server_bytes,
    cell: (e) => <Bytes value={e.data.client_to_server_bytes} rangeMs={rangeMs} />,
  },
  {
    id: 'server_to_client_bytes',
    title: 'To client',
    help: 'Payload sent by the server',
    numeric: true,
    width: 88,
    key: (e) => e.data.server_to_client_bytes,
    cell: (e) => <Bytes value={e.data.server_to_client_bytes} rangeMs={rangeMs} />,
  },
  {
    id: 'connects',
    title: 'Connections',
    help: 'Established in the range',
    numeric: true,
    width: 104,
    key: (e) => e.data.connects,
    cell: (e) => <Count value={e.data.connects} />,
  },
  {
    id: 'open',
    title: 'Open',
    help: 'Open at the end of the range',
    numeric: true,
    width: 66,
    key: (e) => e.data.open,
    cell: (e) => <Count value={e.data.open} />,
  },
  {
    id: 'failures',
    title: 'Failures',
    help: 'Attempts that never were established',
    numeric: true,
    width: 118,
    key: (e) => e.data.failures,
    cell: (e) => <Failures edge={e} />,
  },
  {
    id: 'retransmits',
    title: 'Sent again',
    help: 'Segments sent again of all that were sent, of both ends where both are seen',
    numeric: true,
    width: 96,
    key: (e) => e.data.retransmit_ratio,
    cell: ({ data }) => (
      <span
        className={data.retransmits === 0 ? 'hw-number hw-zero' : 'hw-number'}
        title={`${data.retransmits} segments, ${percent(data.retransmit_ratio)}`}
      >
        {share(data.retransmit_ratio)}
      </span>
    ),
  },
  {
    id: 'srtt_us',
    title: 'RTT p95',
    help: 'Smoothed round-trip time: 95 % are no slower',
    numeric: true,
    width: 86,
    key: (e) => e.data.srtt_us_quantiles?.p95 ?? null,
    cell: (e) => <Quantile of={e.data.srtt_us_quantiles} mean={e.data.srtt_us} />,
  },
  {
    id: 'connect_us',
    title: 'Connect p95',
    help: 'From SYN to established: 95 % are no slower',
    numeric: true,
    width: 104,
    key: (e) => e.data.connect_us_quantiles?.p95 ?? null,
    cell: (e) => <Quantile of={e.data.connect_us_quantiles} mean={e.data.connect_us} />,
  },
]
