import { useState } from 'react'
import { Glyph, SHAPE_NAMES } from '../basics/Glyph.js'
import { StateGlyph } from '../health/State.js'
import { NAT_TEXT } from './facts.js'

const LEGEND = {
  unhealthy: 'unhealthy (×)',
  degraded: 'degraded (!)',
  healthy: 'healthy: in the colour of its shape',
  unknown: 'too little seen to judge: grey',
}

/** What the shapes and colours of the map mean. */
export function MapLegend({ compared }: { compared: boolean }) {
  const [open, setOpen] = useState(false)
  return (
    <div className="hw-legend">
      <button type="button" className="hw-button" aria-expanded={open} onClick={() => setOpen(!open)}>
        Legend
      </button>
      {open && (
        <ul>
          {(['process', 'address', 'internet'] as const).map((shape) => (
            <li key={shape}>
              <Glyph shape={shape} /> {SHAPE_NAMES[shape]}
            </li>
          ))}
          <li>
            <i className="hw-line hw-line-ok" /> client to server, wider with more bytes
          </li>
          {(['unhealthy', 'degraded', 'healthy', 'unknown'] as const).map((state) => (
            <li key={state}>
              <StateGlyph state={state} /> {LEGEND[state]}
            </li>
          ))}
          <li>
            <i className="hw-line hw-line-nat" /> {NAT_TEXT}
          </li>
          {compared && (
            <>
              <li>
                <i className="hw-line hw-line-new" /> new since the range compared with
              </li>
              <li>
                <i className="hw-line hw-line-gone" /> gone since then
              </li>
            </>
          )}
          <li>
            <i className="hw-pill">3</i> connections open now
          </li>
          <li>
            <i className="hw-dashed" /> Headwater itself
          </li>
        </ul>
      )}
    </div>
  )
}
