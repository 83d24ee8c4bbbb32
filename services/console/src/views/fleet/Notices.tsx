import { CLOCK_NOTICE_MS, LIMIT_NEAR, type NodeAnswer, type NodeNotice } from '@headwater/contracts'
import { useState } from 'react'
import { printable } from '../../format/text.js'
import { duration } from '../../format/time.js'
import { limitName } from './Limits.js'

/** Notices that are spelt out; hundreds of nodes may have one. */
const MOST_NOTICES = 20
const NAMES: Record<NodeNotice['code'], [one: string, many: string]> = {
  'same-name': ['node has a name that several agents use at once', 'nodes have a name that several agents use at once'],
  clock: ['node has a clock that is off', 'nodes have a clock that is off'],
  limit: ['limit of a node is near', 'limits of nodes are near'],
  budget: ['agent does without something, for its CPU budget', 'agents do without something, for their CPU budget'],
}

export function NoticeList({ notices }: { notices: readonly NodeNotice[] }) {
  return notices.map((n) => (
    <section className="hw-hint" key={n.problem}>
      <p>{printable(n.problem)}</p>
      <p>
        <b>What to do:</b> {printable(n.fix)}
      </p>
    </section>
  ))
}

/** Over the list of agents: what is wrong with the fleet as it is set up, and what to do. */
export function FleetNotices({ nodes }: { nodes: readonly NodeAnswer[] }) {
  const [open, setOpen] = useState(false)
  const notices = nodes.flatMap((n) => n.notices)
  if (notices.length === 0) return null
  const kinds = (Object.keys(NAMES) as NodeNotice['code'][])
    .map((code) => [code, notices.filter((n) => n.code === code).length] as const)
    .filter(([, n]) => n > 0)
  const sorted = kinds.flatMap(([code]) => notices.filter((n) => n.code === code))
  const more = sorted.length - MOST_NOTICES
  return (
    <div className="hw-banner hw-banner-warn hw-fleet-notices" role="status" data-testid="fleet-notices">
      <div>
        <strong>{kinds.map(([code, n]) => `${n} ${NAMES[code][n === 1 ? 0 : 1]}`).join('; ')}</strong>
        {open && <NoticeList notices={sorted.slice(0, MOST_NOTICES)} />}
        {open && more > 0 && <p className="hw-muted">and {more} more: each row that is marked tells its own</p>}
      </div>
      <button type="button" className="hw-button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? 'Less' : 'What to do'}
      </button>
    </div>
  )
}

const said = (node: NodeAnswer, code: NodeNotice['code']): string | undefined => {
  const notice = node.notices.find((n) => n.code === code)
  return notice && printable(`${notice.problem} ${notice.fix}`)
}

/** Beside the name of a node: several agents use it. */
export function TwinMark({ node }: { node: NodeAnswer }) {
  if (node.twins.length === 0) return null
  return (
    <span className="hw-mark" title={said(node, 'same-name')}>
      {node.twins.length} agents of this name
    </span>
  )
}

/** Something of the node is about to run out. */
export function LimitMark({ node }: { node: NodeAnswer }) {
  const near = node.limits.filter((l) => l.used >= l.max * LIMIT_NEAR)
  if (near.length === 0) return null
  return (
    <span className="hw-mark" title={said(node, 'limit')}>
      {[...new Set(near.map((l) => limitName(l.kind)))].join(', ')} near the limit
    </span>
  )
}

/** The agent does without something. */
export function BudgetMark({ node }: { node: NodeAnswer }) {
  if (node.given_up.length === 0) return null
  return (
    <span className="hw-mark" title={said(node, 'budget')}>
      {node.given_up.length} given up
    </span>
  )
}

/** How far the clock of a node is off; marked where that is told of. */
export function ClockOffset({ node }: { node: NodeAnswer }) {
  const { clock_offset_ms: off } = node
  if (off === null) return <span className="hw-zero">–</span>
  const by = Math.abs(off) < 1000 ? `${Math.round(Math.abs(off))} ms` : duration(Math.abs(off))
  const text = Math.abs(off) <= CLOCK_NOTICE_MS ? by : `${by} ${off < 0 ? 'ahead' : 'behind'}`
  const notice = said(node, 'clock')
  return notice === undefined ? (
    <span className="hw-number hw-muted">{text}</span>
  ) : (
    <span className="hw-mark" title={notice}>
      {text}
    </span>
  )
}
