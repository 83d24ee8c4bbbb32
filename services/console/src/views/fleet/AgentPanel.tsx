import type { Capability, Listener, NodeAnswer } from '@headwater/contracts'
import { endpoint } from '../../format/address.js'
import { exactCount, percent, share } from '../../format/number.js'
import { printable } from '../../format/text.js'
import { stamp } from '../../format/time.js'
import { Name } from '../basics/Name.js'
import { SidePanel } from '../basics/SidePanel.js'
import type { CpuShare } from './cpu.js'
import { NodeState } from './NodeState.js'
import { ClockOffset, NoticeList, TwinMark } from './Notices.js'
import { fleetRows } from './rows.js'

function CapabilityItem({ of }: { of: Capability }) {
  return (
    <li className={of.ok ? 'hw-can' : 'hw-can hw-cannot'}>
      <span className={`hw-chip ${of.ok ? 'hw-chip-ok' : 'hw-chip-bad'}`}>{of.ok ? '✓ works' : '× does not'}</span>
      <div>
        <code>{printable(of.name)}</code>
        {of.required && <small className="hw-muted"> required</small>}
        {!of.ok && (
          <dl>
            <dt>Why</dt>
            <dd>{printable(of.reason) || 'no reason was given'}</dd>
            {of.lost !== '' && (
              <>
                <dt>Lost</dt>
                <dd>{printable(of.lost)}</dd>
              </>
            )}
            {of.fix !== '' && (
              <>
                <dt>Fix</dt>
                <dd>{printable(of.fix)}</dd>
              </>
            )}
          </dl>
        )}
      </div>
    </li>
  )
}

const MOST_LISTENERS = 200

function Listeners({ listeners }: { listeners: readonly Listener[] }) {
  if (listeners.length === 0) return <p className="hw-muted">It reported none.</p>
  const worst = [...listeners].sort((a, b) => b.drops - a.drops || b.backlog - a.backlog || a.port - b.port)
  return (
    <>
      <table className="hw-plain" data-testid="listeners">
        <thead>
          <tr>
            <th scope="col">Process and address</th>
            <th scope="col">Backlog</th>
            <th scope="col" title="Cumulative over the socket">
              Drops
            </th>
          </tr>
        </thead>
        <tbody>
          {worst.slice(0, MOST_LISTENERS).map((l) => (
            <tr key={`${l.netns} ${l.address} ${l.port} ${l.pid}`}>
              <th scope="row">
                <Name text={l.process} max={28} /> <code>{printable(endpoint(l.address, l.port))}</code>
              </th>
              <td className={l.backlog_max > 0 && l.backlog >= l.backlog_max ? 'hw-bad' : ''}>
                {exactCount(l.backlog)} of {exactCount(l.backlog_max)}
                {l.backlog_max > 0 && l.backlog >= l.backlog_max && ', full'}
              </td>
              <td className={l.drops > 0 ? 'hw-bad' : 'hw-zero'}>{exactCount(l.drops)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {worst.length > MOST_LISTENERS && <p className="hw-muted">and {worst.length - MOST_LISTENERS} more</p>}
    </>
  )
}

export interface AgentPanelProps {
  node: NodeAnswer
  cpu: CpuShare | undefined
  /** Unix ms of the answer. */
  now: number
  onClose(): void
}

/** One agent: what it can and cannot do there, what it lost, and who listens. */
export function AgentPanel({ node, cpu, now, onClose }: AgentPanelProps) {
  const [row] = fleetRows([node])
  const place = [node.cluster, node.zone, node.region].filter((t) => t !== '').map(printable)
  const capabilities = [...node.capabilities].sort((a, b) => Number(a.ok) - Number(b.ok))
  const drops = Object.entries(node.rows_dropped).filter(([, n]) => n > 0)
  return (
    <SidePanel
      label="Agent"
      testId="agent"
      onClose={onClose}
      title={
        <>
          <h2>
            <Name text={node.node} />
          </h2>
          <p className="hw-muted">
            {place.join(' / ')} · {printable(node.profile)} profile
          </p>
        </>
      }
    >
      <p className="hw-agent-state">
        <NodeState node={node} now={now} /> <TwinMark node={node} />
      </p>
      <div className="hw-agent-notices" data-testid="agent-notices">
        <NoticeList notices={node.notices} />
      </div>
      <dl className="hw-facts hw-facts-wide">
        <div className="hw-fact">
          <dt>Rows</dt>
          <dd>{exactCount(node.rows_produced)}</dd>
          <small>
            {exactCount(node.rows_stored)} stored, {percent(row?.delivered ?? null)}
          </small>
        </div>
        <div className="hw-fact">
          <dt>CPU</dt>
          <dd>{share(cpu?.share ?? null)}</dd>
          <small>{cpu?.recent ? 'between two reports' : 'mean since its start'}</small>
        </div>
        <div className="hw-fact">
          <dt>Clock</dt>
          <dd className="hw-small">
            <ClockOffset node={node} />
          </dd>
          <small>{node.clock_offset_ms === null ? 'not measured' : 'off the clock of ingest'}</small>
        </div>
        <div className="hw-fact">
          <dt>Started</dt>
          <dd className="hw-small">{stamp(node.started)}</dd>
          <small>{printable(node.instance)}</small>
        </div>
      </dl>
      {drops.length > 0 && (
        <table className="hw-drops">
          <caption>Rows dropped, by reason</caption>
          <tbody>
            {drops.map(([reason, n]) => (
              <tr key={reason}>
                <td>{printable(reason)}</td>
                <td className="hw-number">{exactCount(n)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <h3>What works there</h3>
      {capabilities.length === 0 && <p className="hw-muted">It has not reported that.</p>}
      <ul className="hw-cans" data-testid="capabilities">
        {capabilities.map((c) => (
          <CapabilityItem key={c.name} of={c} />
        ))}
      </ul>
      <h3>Listeners</h3>
      <Listeners listeners={node.listeners} />
    </SidePanel>
  )
}
