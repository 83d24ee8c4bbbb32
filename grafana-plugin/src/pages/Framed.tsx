import { LoadingState, ProblemState, StaleBanner } from '@headwater/console'
import type { ReactNode } from 'react'
import { Notice } from '../look/Notice.js'
import type { Asked } from './useAsked.js'

interface FramedProps {
  asked: Asked<unknown>
  empty: boolean
  filtered: boolean
  /** Beside the view. */
  panel?: ReactNode
  children: ReactNode
}

/** A page's view in its states: loading, failed, empty, out of date. */
export function Framed({ asked, empty, filtered, panel, children }: FramedProps) {
  const { data, problem, updatedAt, retry } = asked
  if (data === undefined) return problem ? <ProblemState problem={problem} onRetry={retry} /> : <LoadingState />
  return (
    <>
      {problem && <StaleBanner problem={problem} updatedAt={updatedAt} onRetry={retry} />}
      <div className="hw-grafana-work">
        {empty ? (
          <Notice
            title="Nothing was seen"
            text={
              filtered
                ? 'Nothing in this time range matches the filter. Take a matcher away, or choose a longer time range.'
                : 'Nothing was seen in this time range. Choose a longer one; if there should be something, the page Fleet tells which agents report.'
            }
          />
        ) : (
          <div className="hw-grafana-view">{children}</div>
        )}
        {panel}
      </div>
    </>
  )
}
