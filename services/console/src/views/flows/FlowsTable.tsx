import type { Flow } from '@headwater/contracts'
import { micros } from '../../format/number.js'
import { printable } from '../../format/text.js'
import { clock, stamp } from '../../format/time.js'
import { Name } from '../basics/Name.js'
import { Bytes } from '../basics/Quantity.js'
import { type FlowEnd, orient, stateOf } from './orient.js'

export interface FlowsTableProps {
  /** Newest first; undefined: not there yet. */
  flows: Flow[] | undefined
  rangeMs: number
  more: boolean
  loadingMore: boolean
  onMore(): void
}

function End({ end, arrow }: { end: FlowEnd; arrow?: string }) {
  return (
    <div className="hw-flow-end">
      {arrow !== undefined && <span className="hw-flow-arrow">{arrow}</span>}
      <Name text={end.name} max={48} />
      <code title={end.address}>{end.address}</code>
    </div>
  )
}

function FlowItem({ flow, rangeMs }: { flow: Flow; rangeMs: number }) {
  const o = orient(flow)
  const state = stateOf(flow)
  return (
    <li className="hw-flow">
      <div className="hw-flow-ends">
        <End end={o.client} />
        <End end={o.server} arrow={o.peers ? '↔' : '→'} />
      </div>
      <div className="hw-flow-side">
        <span className={`hw-chip hw-chip-${state.tone}`}>{printable(state.text)}</span>
        <time title={stamp(flow.time)} className="hw-number">
          {clock(flow.time)}
        </time>
      </div>
      <div className="hw-flow-facts">
        <span>
          → <Bytes value={o.forward} rangeMs={rangeMs} />
        </span>
        <span>
          ← <Bytes value={o.back} rangeMs={rangeMs} />
        </span>
        {flow.srtt_us > 0 && <span title="Smoothed round-trip time">{micros(flow.srtt_us)}</span>}
        {flow.retransmits > 0 && <span className="hw-warn">{flow.retransmits} retransmits</span>}
        <span title={`As the ${printable(flow.side)} on ${printable(flow.node)} saw it, pid ${flow.pid}`}>
          seen by {printable(flow.side)}
        </span>
        {flow.partial && (
          <span className="hw-mark" title="The connection is older than its agent: what it carried before is missing">
            partial
          </span>
        )}
        {flow.owner_uncertain && (
          <span
            className="hw-mark"
            title="Several processes hold this socket's listener: which one took it is not certain"
          >
            owner uncertain
          </span>
        )}
        {flow.side_source === 'guess' && (
          <span className="hw-mark" title="Who connected is guessed, not seen">
            direction guessed
          </span>
        )}
      </div>
    </li>
  )
}

/** Rows of flows, newest first: one per connection, interval and observing end. */
export function FlowsTable({ flows, rangeMs, more, loadingMore, onMore }: FlowsTableProps) {
  if (!flows)
    return (
      <div className="hw-skeletons" role="status" aria-label="Loading flows">
        {[0, 1, 2, 3].map((i) => (
          <div key={i} className="hw-skeleton" style={{ height: 58 }} />
        ))}
      </div>
    )
  if (flows.length === 0)
    return (
      <p className="hw-table-note">
        No flow rows in this range. Rows older than the raw retention are gone; the sums above remain.
      </p>
    )
  return (
    <>
      <ul className="hw-flows" data-testid="flows">
        {flows.map((f) => (
          <FlowItem
            key={`${f.node}/${f.netns}/${f.cookie}/${f.side}/${f.time}/${f.local_port}/${f.remote_port}`}
            flow={f}
            rangeMs={rangeMs}
          />
        ))}
      </ul>
      {more && (
        <button type="button" className="hw-button hw-wide" disabled={loadingMore} onClick={onMore}>
          {loadingMore ? 'Loading' : 'Next page'}
        </button>
      )}
    </>
  )
}
