import type { Capability, Listener, NodeAnswer } from '@headwater/contracts'
import { endpoint } from '../../format/address.js'
import { bytes, exactCount, percent, share } from '../../format/number.js'
import { printable } from '../../format/text.js'
import { stamp } from '../../format/time.js'
import { Counts } from '../basics/Counts.js'
import { Name } from '../basics/Name.js'
import { SidePanel } from '../basics/SidePanel.js'
import type { CpuShare } from './cpu.js'
import { KernelTime } from './KernelTime.js'
import { Limits } from './Limits.js'
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
            <tr key={`${l.netns} ${l.address} ${l.port} ${l.cookie}`}>
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
        {node.dns_rows_produced > 0 && (
          <div className="hw-fact" data-testid="agent-dns-rows">
            <dt>DNS rows</dt>
            <dd>{exactCount(node.dns_rows_produced)}</dd>
            <small>
              {exactCount(node.dns_rows_stored)} stored, {percent(row?.dnsDelivered ?? null)}
            </small>
          </div>
        )}
        {node.rows_excluded > 0 && (
          <div className="hw-fact" data-testid="agent-excluded">
            <dt>Left out</dt>
            <dd>{exactCount(node.rows_excluded)}</dd>
            <small>rows by its configuration, {bytes(node.bytes_excluded)}</small>
          </div>
        )}
        <div className="hw-fact">
          <dt>CPU</dt>
          <dd>{share(cpu?.share ?? null)}</dd>
          <small>
            {cpu?.recent ? 'between two reports' : 'mean since its start'}
            {node.cpu_budget > 0 && `, of ${share(node.cpu_budget)} that it may`}
          </small>
        </div>
        <div className="hw-fact">
          <dt>Memory</dt>
          <dd>{bytes(node.rss_bytes)}</dd>
          <small>and {bytes(node.kernel_bytes)} in the kernel</small>
        </div>
        {node.ring_bytes > 0 && (
          <div className="hw-fact" data-testid="agent-ring">
            <dt>Ring</dt>
            <dd>{share(node.ring_peak_bytes / node.ring_bytes)}</dd>
            <small>full at most, of {bytes(node.ring_bytes)}</small>
          </div>
        )}
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
      {node.given_up.length > 0 && (
        <section data-testid="given-up">
          <h3>What it does without, for its CPU budget</h3>
          <ul>
            {node.given_up.map((words) => (
              <li key={words}>{printable(words)}</li>
            ))}
          </ul>
        </section>
      )}
      <Counts caption="Rows dropped, by reason" counts={node.rows_dropped} />
      <Counts caption="DNS rows dropped, by reason" counts={node.dns_rows_dropped} />
      <Counts caption="What else it lost" counts={node.losses} />
      <KernelTime programs={node.programs} />
      <h3>What works there</h3>
      {capabilities.length === 0 && <p className="hw-muted">It has not reported that.</p>}
      <ul className="hw-cans" data-testid="capabilities">
        {capabilities.map((c) => (
          <CapabilityItem key={c.name} of={c} />
        ))}
      </ul>
      <h3>What can run out there</h3>
      <Limits limits={node.limits} />
      <h3>Listeners</h3>
      <Listeners listeners={node.listeners} />
    </SidePanel>
  )
}
