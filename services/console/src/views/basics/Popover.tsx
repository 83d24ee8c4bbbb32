import { type ReactNode, useEffect, useRef, useState } from 'react'

export interface PopoverProps {
  /** What the button shows. */
  button: ReactNode
  label: string
  className?: string
  /** The side of the button that the panel is flush with. */
  align?: 'left' | 'right'
  children: (close: () => void) => ReactNode
}

/** A button that opens a panel; Escape and a click elsewhere close it. */
export function Popover({ button, label, className, align = 'left', children }: PopoverProps) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const trigger = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!open) return
    const outside = (e: PointerEvent): void => {
      if (e.target instanceof Node && !root.current?.contains(e.target)) setOpen(false)
    }
    const onEscape = (e: KeyboardEvent): void => {
      if (e.key !== 'Escape') return
      setOpen(false)
      trigger.current?.focus()
    }
    document.addEventListener('pointerdown', outside, true)
    document.addEventListener('keydown', onEscape)
    return () => {
      document.removeEventListener('pointerdown', outside, true)
      document.removeEventListener('keydown', onEscape)
    }
  }, [open])
  return (
    <div className="hw-popover" ref={root}>
      <button
        ref={trigger}
        type="button"
        className={className ?? 'hw-button'}
        aria-expanded={open}
        aria-haspopup="dialog"
        aria-label={label}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && (
        <div className={`hw-popover-panel hw-align-${align}`} role="dialog" aria-label={label}>
          {children(() => setOpen(false))}
        </div>
      )}
    </div>
  )
}
