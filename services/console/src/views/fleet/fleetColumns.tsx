import { bytes, percent, share } from '../../format/number.js'
import { printable } from '../../format/text.js'
import { ago } from '../../format/time.js'
import { Name } from '../basics/Name.js'
import { Count } from '../basics/Quantity.js'
import type { Column } from '../table/DataTable.js'
import type { CpuShare } from './cpu.js'
import { NodeState } from './NodeState.js'
import { BudgetMark, ClockOffset, LimitMark, TwinMark } from './Notices.js'
import { type FleetRow, nodeStates } from './rows.js'

const column = (
  id: string,
  title: string,
  help: string,
  width: number | undefined,
  numeric: boolean,
): Omit<Column<FleetRow>, 'key' | 'cell'> => ({ id, title, help, numeric, ...(width !== undefined && { width }) })

const dropsText = (row: FleetRow): string =>
  Object.entries(row.data.rows_dropped)
    .filter(([, n]) => n > 0)
    .map(([reason, n]) => `${printable(reason)} ${n}`)
    .join(', ')

/** `now`: Unix ms of the answer. */
export const fleetColumns = (cpu: ReadonlyMap<string, CpuShare>, now: number): Column<FleetRow>[] => [
  {
    ...column('node', 'Node', 'As its agent calls it', undefined, false),
    least: 240,
    key: (r) => r.data.node,
    cell: (r) => (
      <span className="hw-node-cell">
        <Name text={r.data.node} />
        <TwinMark node={r.data} />
      </span>
    ),
  },
  {
    ...column('state', 'State', 'Silent: its report is overdue. Stopped: it said goodbye', 170, false),
    key: (r) => nodeStates.indexOf(r.data.state),
    cell: (r) => <NodeState node={r.data} now={now} />,
  },
  {
    ...column('clock', 'Clock', 'How far it is off: when its reports came in, less what they said', 124, true),
    key: (r) => (r.data.clock_offset_ms === null ? null : Math.abs(r.data.clock_offset_ms)),
    cell: (r) => <ClockOffset node={r.data} />,
  },
  {
    ...column('zone', 'Zone', 'Zone, and region', 190, false),
    key: (r) => r.data.zone,
    cell: ({ data }) => (
      <>
        {data.zone === '' ? <span className="hw-zero">none</span> : <Name text={data.zone} max={24} />}
        {data.region !== '' && <small className="hw-muted"> {printable(data.region)}</small>}
      </>
    ),
  },
  {
    ...column('version', 'Version', 'Of the agent', 78, false),
    key: (r) => r.data.version,
    cell: (r) => printable(r.data.version),
  },
  {
    ...column('kernel', 'Kernel', 'And its architecture', 210, false),
    key: (r) => r.data.kernel,
    cell: ({ data }) => (
      <span title={printable(data.kernel)}>
        {printable(data.kernel)} <small className="hw-muted">{printable(data.arch)}</small>
      </span>
    ),
  },
  {
    ...column('started', 'Running', 'Since its start', 84, true),
    key: (r) => -r.data.started,
    cell: (r) => <span className="hw-number">{ago(now - r.data.started).replace(' ago', '')}</span>,
  },
  {
    ...column('cpu', 'CPU', 'Of one CPU, between its last two reports', 78, true),
    key: (r) => cpu.get(r.id)?.share ?? null,
    cell: (r) => {
      const used = cpu.get(r.id)
      return (
        <span
          className={used?.recent ? 'hw-number' : 'hw-number hw-muted'}
          title={used?.recent ? 'between its last two reports' : 'the mean since its start'}
        >
          {share(used?.share ?? null)}
        </span>
      )
    },
  },
  {
    ...column('rss', 'Memory', 'Resident set of the agent', 84, true),
    key: (r) => r.data.rss_bytes,
    cell: (r) => <span className="hw-number">{bytes(r.data.rss_bytes)}</span>,
  },
  {
    ...column('produced', 'Rows', 'Produced in the range', 84, true),
    key: (r) => r.data.rows_produced,
    cell: (r) => <Count value={r.data.rows_produced} />,
  },
  {
    ...column('dropped', 'Dropped', 'Rows, with the reason', 90, true),
    key: (r) => r.dropped,
    cell: (r) => (
      <span className={r.dropped > 0 ? 'hw-bad' : ''} title={dropsText(r)}>
        <Count value={r.dropped} />
      </span>
    ),
  },
  {
    ...column('delivered', 'Delivered', 'Rows stored of those produced', 90, true),
    key: (r) => r.delivered,
    cell: (r) => (
      <span
        className={r.delivered !== null && r.delivered < 0.9999 ? 'hw-number hw-warn' : 'hw-number'}
        title={r.dnsDelivered === null ? undefined : `DNS: ${percent(r.dnsDelivered)}`}
      >
        {percent(r.delivered)}
      </span>
    ),
  },
  {
    ...column(
      'missing',
      'Limits',
      'What does not work there, is given up or about to run out, and listeners that overflowed',
      150,
      false,
    ),
    key: (r) => -(r.missing + r.overflowing + r.near + r.data.given_up.length),
    cell: (r) => (
      <>
        {r.missing > 0 && <span className="hw-mark">{r.missing} not working</span>}{' '}
        {r.overflowing > 0 && <span className="hw-mark">backlog full</span>} <LimitMark node={r.data} />{' '}
        <BudgetMark node={r.data} />
        {r.missing + r.overflowing + r.near + r.data.given_up.length === 0 && <span className="hw-zero">none</span>}
      </>
    ),
  },
]
