import type { DemoAnswer, DemoFault, Problem } from '@headwater/contracts'
import { perSecondText } from '../../format/number.js'
import { printable } from '../../format/text.js'
import { ago, stamp } from '../../format/time.js'

export interface DemoBarProps {
  demo: DemoAnswer
  /** Unix ms. */
  now: number
  /** Id of the fault that is being switched. */
  switching: string | undefined
  problem: Problem | undefined
  onSwitch(id: string, on: boolean): void
}

function Fault({ fault, now, busy, onSwitch }: { fault: DemoFault; now: number; busy: boolean; onSwitch(): void }) {
  const since = fault.on && fault.since !== null
  return (
    <button
      type="button"
      role="switch"
      aria-checked={fault.on}
      aria-busy={busy}
      disabled={busy}
      className="hw-switch"
      title={
        printable(fault.detail) +
        (fault.since === null ? '' : `\n${fault.on ? 'on' : 'off'} since ${stamp(fault.since)}`)
      }
      onClick={onSwitch}
    >
      <i aria-hidden="true" />
      <span>{printable(fault.title)}</span>
      {since && <small>on {ago(Math.max(0, now - (fault.since ?? now)))}</small>}
    </button>
  )
}

/** The lab's faults, each to be switched: what is seen of them on the pages is real. */
export function DemoBar({ demo, now, switching, problem, onSwitch }: DemoBarProps) {
  return (
    <section className="hw-demo" aria-label="Demo" data-testid="demo">
      <p>
        <b>Demo</b> real traffic on this machine: lab
        <span className="hw-muted">
          {demo.traffic.running ? ` · ${perSecondText(demo.traffic.requests_per_second)} asked` : ' · not running'}
        </span>
      </p>
      <fieldset className="hw-switches" aria-label="Faults">
        {demo.faults.map((f) => (
          <Fault key={f.id} fault={f} now={now} busy={switching === f.id} onSwitch={() => onSwitch(f.id, !f.on)} />
        ))}
      </fieldset>
      {problem && (
        <p className="hw-demo-problem hw-bad" role="alert">
          {printable(problem.title)}. {printable(problem.detail)}
        </p>
      )}
    </section>
  )
}
