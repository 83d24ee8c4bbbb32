import type { StatusAnswer } from '@headwater/contracts'
import { useState } from 'react'
import { printable } from '../../format/text.js'
import { Hints } from '../../views/states/States.js'

/** Over a map that has data: what is not running now, and how to mend it. */
export function StatusBanner({ status }: { status: StatusAnswer }) {
  const [open, setOpen] = useState(false)
  const [first, ...others] = status.hints
  if (!first) return null
  return (
    <div className="hw-banner hw-banner-warn" role="status">
      <div>
        <strong>{printable(first.title)}</strong>
        {others.length > 0 && ` and ${others.length} more`}
        {open && <Hints hints={status.hints} />}
      </div>
      <button type="button" className="hw-button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? 'Less' : 'What to do'}
      </button>
    </div>
  )
}
