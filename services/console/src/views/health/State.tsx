import type { Health, HealthState } from '@headwater/contracts'
import { printable } from '../../format/text.js'
import { ago, stamp } from '../../format/time.js'
import { FAULT_TEXTS } from './states.js'

const SHAPES: Record<HealthState, string> = {
  healthy: 'M8 1.200a6.800 6.800 0 1 0 0 13.600A6.800 6.800 0 0 0 8 1.200',
  degraded: 'M8 1.400 15.300 14.200H.7Z',
  unhealthy: 'M5.200 1.200h5.600l4 4v5.600l-4 4H5.200l-4-4V5.200Z',
  unknown: 'M8 1.600a6.400 6.400 0 1 0 0 12.800A6.400 6.400 0 0 0 8 1.600',
}
const SIGNS: Record<HealthState, string> = {
  healthy: 'm5 8.200 2.200 2.200L11.200 6',
  degraded: 'M8 6.200v3.600M8 12v.1',
  unhealthy: 'm5.600 5.600 4.800 4.800M10.400 5.600l-4.800 4.800',
  unknown: 'M6.300 6.300a1.800 1.800 0 1 1 2.500 1.700c-.6.3-.8.600-.8 1.300M8 11.500v.1',
}

/** Each state has a shape of its own, so that it is told without colour. */
export function StateGlyph({ state }: { state: HealthState }) {
  return (
    <svg className={`hw-state-glyph hw-state-${state}`} viewBox="0 0 16 16" width="15" height="15" aria-hidden="true">
      <path d={SHAPES[state]} className="hw-state-shape" />
      <path d={SIGNS[state]} className="hw-state-sign" />
    </svg>
  )
}

export function StateText({ state }: { state: HealthState }) {
  return (
    <span className={`hw-state-text hw-state-${state}`}>
      <StateGlyph state={state} /> {state}
    </span>
  )
}

/** State, the sentence with its figures, who is at fault, and since when. */
export function HealthNote({ health, now }: { health: Health; now?: number }) {
  return (
    <div className={`hw-health hw-health-${health.state}`} data-testid="health-note">
      <StateText state={health.state} />
      <span className="hw-health-reason">
        {printable(health.reason)}
        {health.at_fault !== null && <b> · {FAULT_TEXTS[health.at_fault]}</b>}
        {health.since !== null && (
          <span className="hw-muted" title={`since ${stamp(health.since)}`}>
            {' '}
            · {now === undefined ? `since ${stamp(health.since)}` : `since ${ago(now - health.since)}`}
          </span>
        )}
      </span>
    </div>
  )
}
