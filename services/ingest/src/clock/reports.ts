import type { NodeReport } from '@headwater/contracts'
import type { ReceivedReport } from '@headwater/store'
import { FUTURE_MS, PAST_MS } from './clock.js'

export type TimedReport = NodeReport & Required<Pick<ReceivedReport, 'received' | 'clock_offset_ms'>>

/** True where the clock of an agent says nothing of when its report was made: its rows are put aside, or lie days back. */
export const isFarOff = ({ clock_offset_ms: off }: Pick<TimedReport, 'clock_offset_ms'>): boolean =>
  off < -FUTURE_MS || off > PAST_MS

/**
 * A heartbeat with the distance of its agent's clock. Where that is far off the report is filed by our clock, start and all: so the node
 * is seen with what is wrong with it, though nothing else that it sends may be stored.
 * @param received Unix ms
 */
export function timed(report: NodeReport, received: number): TimedReport {
  const clock_offset_ms = received - report.time
  const shift = isFarOff({ clock_offset_ms }) ? clock_offset_ms : 0
  const time = report.time + shift
  // A clock that was set back after the start of the agent leaves the start ahead.
  return { ...report, time, started: Math.max(0, Math.min(report.started + shift, time)), received, clock_offset_ms }
}

/**
 * Its times by our clock, where the agent's is known to be ahead. One that seems behind may as well be an old report, as a replica reads
 * when it starts: that is left as it is.
 */
export function byOurClock(report: TimedReport): TimedReport {
  const shift = Math.min(0, report.received - report.time)
  return { ...report, time: report.time + shift, started: report.started + shift }
}
