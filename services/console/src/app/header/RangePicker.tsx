import { useState } from 'react'
import { Popover } from '../../views/basics/Popover.js'
import { fieldOf, msOf, presets, rangeShort, rangeText } from './range.js'

export interface RangePickerProps {
  from: string
  to: string
  /** What the API understood it to be: the fields start there. */
  range: { from: number; to: number } | undefined
  onChange(from: string, to: string): void
}

export function RangePicker({ from, to, range, onChange }: RangePickerProps) {
  return (
    <Popover
      label={`Time range: ${rangeText(from, to)}`}
      button={
        <>
          <svg
            viewBox="0 0 16 16"
            width="15"
            height="15"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.400"
            strokeLinecap="round"
            aria-hidden="true"
          >
            <circle cx="8" cy="8" r="6" />
            <path d="M8 4.500V8l2.300 1.600" />
          </svg>
          <span className="app-wide">{rangeText(from, to)}</span>
          <span className="app-narrow">{rangeShort(from, to)}</span>
        </>
      }
    >
      {(close) => (
        <div className="app-range">
          {presets.map((p) => (
            <button
              key={p.from}
              type="button"
              className={to === 'now' && from === p.from ? 'app-option app-chosen' : 'app-option'}
              onClick={() => {
                onChange(p.from, 'now')
                close()
              }}
            >
              {p.text}
            </button>
          ))}
          <CustomRange
            range={range}
            onChange={(f, t) => {
              onChange(f, t)
              close()
            }}
          />
        </div>
      )}
    </Popover>
  )
}

function CustomRange({ range, onChange }: Pick<RangePickerProps, 'range' | 'onChange'>) {
  const [from, setFrom] = useState(() => fieldOf(range?.from ?? Date.now() - 900_000))
  const [to, setTo] = useState(() => fieldOf(range?.to ?? Date.now()))
  const [start, end] = [msOf(from), msOf(to)]
  const wrong =
    start === undefined || end === undefined
      ? 'Both ends are needed'
      : start >= end
        ? 'The start has to be before the end'
        : undefined
  return (
    <form
      className="app-custom"
      onSubmit={(e) => {
        e.preventDefault()
        if (wrong === undefined) onChange(String(start), String(end))
      }}
    >
      <label>
        From
        <input type="datetime-local" step={1} value={from} onChange={(e) => setFrom(e.target.value)} />
      </label>
      <label>
        To
        <input type="datetime-local" step={1} value={to} onChange={(e) => setTo(e.target.value)} />
      </label>
      <button type="submit" className="hw-button hw-primary" disabled={wrong !== undefined}>
        Apply
      </button>
      {wrong !== undefined && <p className="hw-bad">{wrong}</p>}
    </form>
  )
}
