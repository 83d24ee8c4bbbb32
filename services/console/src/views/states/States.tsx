import type { Problem, StatusAnswer } from '@headwater/contracts'
import type { ReactNode } from 'react'
import { printable } from '../../format/text.js'
import { clock } from '../../format/time.js'
import { CopyLine } from '../basics/CopyLine.js'

function State({ title, icon, children }: { title: string; icon: ReactNode; children: ReactNode }) {
  return (
    <div className="hw-state">
      <div className="hw-state-card">
        <div className="hw-state-icon" aria-hidden="true">
          {icon}
        </div>
        <h2>{title}</h2>
        {children}
      </div>
    </div>
  )
}

const spring = (
  <svg
    viewBox="0 0 64 40"
    width="72"
    height="45"
    fill="none"
    strokeWidth="2.500"
    strokeLinecap="round"
    aria-hidden="true"
  >
    <path d="M4 12c10 0 14 8 26 8h16" />
    <path d="M4 28c10 0 14-8 26-8" />
    <circle cx="54" cy="20" r="5" />
  </svg>
)

/** Nothing to draw. `filtered`: a filter is set, so it may be that only nothing matches. */
export function EmptyState(props: {
  status: StatusAnswer | undefined
  rangeText: string
  filtered: boolean
  onClearFilter?: () => void
}) {
  const { status } = props
  if (props.filtered)
    return (
      <State title="Nothing matches the filter" icon={spring}>
        <p>No connection in {props.rangeText} matches it.</p>
        {props.onClearFilter && (
          <button type="button" className="hw-button hw-primary" onClick={props.onClearFilter}>
            Clear the filter
          </button>
        )}
      </State>
    )
  const hints = status?.hints ?? []
  const waiting = status?.agent.state === 'running' || status?.agent.state === 'elsewhere'
  return (
    <State title={hints.length > 0 ? 'No traffic yet' : 'Waiting for the first connection'} icon={spring}>
      {hints.length === 0 && (
        <p>
          {waiting
            ? `The agent is watching. No TCP connection was seen in ${props.rangeText}; the next one shows here within two seconds.`
            : `No TCP connection was seen in ${props.rangeText}.`}
        </p>
      )}
      {status && status.agent.state !== 'running' && status.agent.message !== '' && hints.length === 0 && (
        <p>{printable(status.agent.message)}</p>
      )}
      <Hints hints={hints} />
    </State>
  )
}

/** What is missing, and the command that mends it. */
export function Hints({ hints }: { hints: StatusAnswer['hints'] }) {
  return (
    <>
      {hints.map((h) => (
        <section className="hw-hint" key={h.title + h.detail}>
          <h3>{printable(h.title)}</h3>
          <p>{printable(h.detail)}</p>
          {h.command !== null && <CopyLine command={h.command} />}
        </section>
      ))}
    </>
  )
}

export function LoadingState() {
  return (
    <div className="hw-loading" role="status" aria-label="Loading">
      <svg viewBox="0 0 400 220" aria-hidden="true">
        <path d="M80 60C150 60 160 110 210 110M80 160C150 160 160 112 210 110M210 110C260 110 280 60 330 60M210 110C260 110 280 160 330 160" />
        {[
          [80, 60, 14],
          [80, 160, 11],
          [210, 110, 19],
          [330, 60, 12],
          [330, 160, 15],
        ].map(([cx, cy, r]) => (
          <circle key={`${cx},${cy}`} cx={cx} cy={cy} r={r} />
        ))}
      </svg>
    </div>
  )
}

const broken = (
  <svg
    viewBox="0 0 64 40"
    width="72"
    height="45"
    fill="none"
    strokeWidth="2.500"
    strokeLinecap="round"
    aria-hidden="true"
  >
    <path d="M4 20h18M42 20h18M27 12l-4 8 6 0-4 8M39 12l-4 8 6 0-4 8" />
  </svg>
)

/** The API's own words on what went wrong. */
export function ProblemState({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  return (
    <State title={printable(problem.title)} icon={broken}>
      <p>{printable(problem.detail)}</p>
      {problem.parameter !== undefined && (
        <p className="hw-muted">
          Parameter: <code>{printable(problem.parameter)}</code>
        </p>
      )}
      <p className="hw-muted">
        <code>{printable(problem.code)}</code>
        {problem.status > 0 && ` · HTTP ${problem.status}`}
      </p>
      <button type="button" className="hw-button hw-primary" onClick={onRetry}>
        Try again
      </button>
    </State>
  )
}

/** Over data that is still shown although its update failed. */
export function StaleBanner(props: { problem: Problem; updatedAt: number; onRetry: () => void }) {
  return (
    <div className="hw-banner hw-banner-warn" role="status">
      <span>
        <strong>Not up to date.</strong> The last update failed: {printable(props.problem.title)}.{' '}
        {printable(props.problem.detail)} Shown is the answer of {clock(props.updatedAt)}.
      </span>
      <button type="button" className="hw-button" onClick={props.onRetry}>
        Try again
      </button>
    </div>
  )
}
