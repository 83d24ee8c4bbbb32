import type { Completeness } from '@headwater/contracts'
import type { ReactNode } from 'react'
import { exactCount, percent } from '../../format/number.js'
import { printable } from '../../format/text.js'
import { Counts } from '../basics/Counts.js'
import { Popover } from '../basics/Popover.js'
import { gradeOf } from './grade.js'

function Row({ name, value, children }: { name: string; value: string; children: ReactNode }) {
  return (
    <div className="hw-completeness-row">
      <div>
        <strong>{name}</strong>
        <p>{children}</p>
      </div>
      <b className="hw-number">{value}</b>
    </div>
  )
}

/** How much of the truth this view holds: two numbers, and what they mean. */
export function CompletenessBadge({ completeness: c }: { completeness: Completeness }) {
  const { dns } = c
  const button = (
    <>
      <i className={`hw-dot hw-dot-${gradeOf(c)}`} aria-hidden="true" />
      <span className="hw-completeness-long">
        <b>{percent(c.delivered)}</b> delivered
      </span>
      <span className="hw-completeness-long">
        <b>{percent(c.coverage)}</b> covered
      </span>
      <span className="hw-completeness-short">
        <b>
          {percent(
            c.delivered === null || c.coverage === null
              ? (c.delivered ?? c.coverage)
              : Math.min(c.delivered, c.coverage),
          )}
        </b>
      </span>
    </>
  )
  return (
    <Popover
      button={button}
      className="hw-button hw-completeness"
      label={`Completeness: delivered ${percent(c.delivered)}, coverage ${percent(c.coverage)}`}
      align="right"
    >
      {() => (
        <div className="hw-completeness-panel">
          <h3>How complete is this view?</h3>
          <Row name="Delivered" value={percent(c.delivered)}>
            Of the rows that agents produced in this range, this share is stored: {exactCount(c.rows_stored)} of{' '}
            {exactCount(c.rows_produced)}.
          </Row>
          <Counts caption="Dropped, by reason" counts={c.rows_dropped} />
          {dns.delivered !== null && (
            <Row name="Delivered, DNS" value={percent(dns.delivered)}>
              The same of questions to name servers, which are not in the number above: {exactCount(dns.rows_stored)} of{' '}
              {exactCount(dns.rows_produced)}.
            </Row>
          )}
          <Counts caption="DNS dropped, by reason" counts={dns.rows_dropped} />
          <Counts caption="What else agents lost" counts={c.losses} />
          <Row name="Coverage" value={percent(c.coverage)}>
            Of the time that nodes should have been heard in this range, this share was: {exactCount(c.nodes_heard)} of{' '}
            {exactCount(c.nodes_expected)} {c.nodes_expected === 1 ? 'node' : 'nodes'} heard. What ran while no agent
            did is not known, and never made up.
          </Row>
          {c.nodes_silent.length > 0 && (
            <p className="hw-silent">
              Silent: {c.nodes_silent.slice(0, 12).map(printable).join(', ')}
              {c.nodes_silent.length > 12 && ` and ${c.nodes_silent.length - 12} more`}
            </p>
          )}
        </div>
      )}
    </Popover>
  )
}
