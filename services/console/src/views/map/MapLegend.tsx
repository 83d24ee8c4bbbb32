import { useState } from 'react'
import { Glyph, SHAPE_NAMES } from '../basics/Glyph.js'

/** What the shapes and colours of the map mean. */
export function MapLegend() {
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
          <li>
            <i className="hw-line hw-line-bad" /> 1 % of the attempts or more failed
          </li>
          <li>
            <i className="hw-line hw-line-warn" /> some failed, or 1 % of segments sent again
          </li>
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
