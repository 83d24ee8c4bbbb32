import { exactCount, perSecond, perSecondText, share } from '../../format/number.js'
import { printable } from '../../format/text.js'
import { ago, stamp } from '../../format/time.js'
import { Count, Quantile } from '../basics/Quantity.js'
import { failuresText, NAT_TEXT } from '../map/facts.js'
import type { Column } from '../table/DataTable.js'
import { endCell } from '../table/edgeColumns.js'
import type { HealthRow } from './rows.js'
import { StateText } from './State.js'
import { FAULT_TEXTS, severityOf } from './states.js'

function Rate({ row, rangeMs }: { row: HealthRow; rangeMs: number }) {
  const rate = (n: number): string => perSecondText(perSecond(n, rangeMs))
  if (row.edge)
    return (
      <span className="hw-number" title={`${exactCount(row.connects)} established`}>
        {rate(row.connects)}
      </span>
    )
  return (
    <span className="hw-number" title={`${exactCount(row.accepts)} accepted, ${exactCount(row.connects)} connected`}>
      {row.accepts > 0 && `${rate(row.accepts)} in`}
      {row.accepts > 0 && row.connects > 0 && ', '}
      {row.connects > 0 && `${rate(row.connects)} out`}
      {row.accepts + row.connects === 0 && '0/s'}
    </span>
  )
}

function Reason({ row: { health } }: { row: HealthRow }) {
  const text = printable(health.reason)
  const fault = health.at_fault === null ? '' : FAULT_TEXTS[health.at_fault]
  return (
    <span title={fault === '' ? text : `${text}; ${fault}`}>
      {text}
      {fault !== '' && <small className="hw-muted"> · {health.at_fault} at fault</small>}
    </span>
  )
}

function Failures({ row }: { row: HealthRow }) {
  if (row.failures === 0) return <Count value={0} />
  const text = failuresText(row)
  return (
    <span className="hw-bad" title={text}>
      {text}
    </span>
  )
}

const text = (
  id: string,
  title: string,
  help: string,
): Pick<Column<HealthRow>, 'id' | 'title' | 'help' | 'numeric'> => ({
  id,
  title,
  help,
  numeric: false,
})
const number = (id: string, title: string, help: string, width: number) => ({ id, title, help, numeric: true, width })

const nameColumns = (kind: string, edges: boolean): Column<HealthRow>[] =>
  edges
    ? [
        {
          ...text('client', 'Client', 'The end that connected'),
          width: 170,
          key: (r) => r.edge?.source.label ?? '',
          cell: (r) => r.edge && endCell(r.edge.source),
        },
        {
          ...text('server', 'Server', 'The end that accepted'),
          width: 170,
          key: (r) => r.edge?.target.label ?? '',
          cell: (r) =>
            r.edge && (
              <span className="hw-cell-name">
                {endCell(r.edge.target)}
                {!r.edge.data.counted && (
                  <span className="hw-mark" title={NAT_TEXT}>
                    NAT
                  </span>
                )}
              </span>
            ),
        },
      ]
    : [
        {
          ...text('name', kind, 'Every node of the map'),
          width: 170,
          key: (r) => r.node?.label ?? '',
          cell: (r) => r.node && endCell(r.node),
        },
      ]

/** The same columns for services and for edges. `now`: Unix ms that `since` counts from. */
export const healthColumns = (kind: string, edges: boolean, rangeMs: number, now: number): Column<HealthRow>[] => [
  ...nameColumns(kind, edges),
  {
    ...text('state', 'State', 'By the thresholds of the API; worst first'),
    width: 124,
    key: (r) => -(severityOf(r.state) * 1e12 + Math.min(r.failures, 1e11)),
    cell: (r) => <StateText state={r.state} />,
  },
  {
    ...text('reason', 'Reason', 'The figures that decide'),
    least: 280,
    key: (r) => r.health.reason,
    cell: (r) => <Reason row={r} />,
  },
  {
    ...number('rate', 'Connections', 'Established per second, the mean over the range', edges ? 104 : 150),
    key: (r) => r.connects + (r.edge ? 0 : r.accepts),
    cell: (r) => <Rate row={r} rangeMs={rangeMs} />,
  },
  {
    ...number('failures', 'Failures', 'Attempts that never were established, by reason', 142),
    key: (r) => r.failures,
    cell: (r) => <Failures row={r} />,
  },
  {
    ...number('connect', 'Connect p95', edges ? 'SYN to established' : 'SYN to established, on its slowest edge', 104),
    key: (r) => r.connect?.p95 ?? null,
    cell: (r) => <Quantile of={r.connect} />,
  },
  {
    ...number('rtt', 'RTT p95', edges ? 'Smoothed round trip' : 'Smoothed round trip, on its slowest edge', 86),
    key: (r) => r.roundTrip?.p95 ?? null,
    cell: (r) => <Quantile of={r.roundTrip} />,
  },
  {
    ...number('retransmits', 'Sent again', edges ? 'Of the segments' : 'Of the segments, on its worst edge', 96),
    key: (r) => r.retransmit_ratio,
    cell: (r) => (
      <span className={r.retransmit_ratio ? 'hw-number' : 'hw-number hw-zero'}>{share(r.retransmit_ratio)}</span>
    ),
  },
  {
    ...number('resets', 'Resets', 'Connections that were reset', 76),
    key: (r) => r.resets,
    cell: (r) => <Count value={r.resets} />,
  },
  {
    ...number('open', 'Open', 'Open at the end of the range', 66),
    key: (r) => r.open,
    cell: (r) => <Count value={r.open} />,
  },
  {
    ...number('since', 'Since', 'How long the state holds', 100),
    key: (r) => r.health.since,
    cell: ({ health: { since } }) => (
      <span className="hw-number hw-muted" title={since === null ? 'not known' : stamp(since)}>
        {since === null ? '–' : ago(now - since)}
      </span>
    ),
  },
]
