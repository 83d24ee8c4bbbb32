import type { Problem } from '@headwater/contracts'
import { useEffect, useRef, useState } from 'react'
import { printable } from '../../format/text.js'
import { isMatcher } from '../../map/search.js'

export interface SearchBoxProps {
  text: string
  /** What may be searched, while the field is empty. */
  hint: string
  /** What matches, in words; undefined while nothing is searched. */
  found: string | undefined
  /** What the API says against the matcher. */
  problem: Problem | undefined
  onChange(text: string): void
}

const PAUSE_MS = 250

/** Searches what is shown while it is typed; a matcher `{...}` is given to the API. `/` goes to the field. */
export function SearchBox({ text, hint, found, problem, onChange }: SearchBoxProps) {
  const [draft, setDraft] = useState(text)
  const field = useRef<HTMLInputElement>(null)
  const sent = useRef(text)
  const change = useRef(onChange)
  change.current = onChange
  useEffect(() => {
    if (text !== sent.current) setDraft(text)
    sent.current = text
  }, [text])
  useEffect(() => {
    if (draft === sent.current) return
    const timer = setTimeout(() => {
      sent.current = draft
      change.current(draft)
    }, PAUSE_MS)
    return () => clearTimeout(timer)
  }, [draft])
  useEffect(() => {
    const slash = (e: KeyboardEvent): void => {
      const typing = e.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)
      if (e.key !== '/' || typing || e.ctrlKey || e.metaKey || e.altKey) return
      e.preventDefault()
      field.current?.focus()
    }
    addEventListener('keydown', slash)
    return () => removeEventListener('keydown', slash)
  }, [])
  return (
    <search className="app-search">
      <svg
        viewBox="0 0 16 16"
        width="15"
        height="15"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.500"
        strokeLinecap="round"
        aria-hidden="true"
      >
        <circle cx="7" cy="7" r="4.500" />
        <path d="m10.500 10.500 3 3" />
      </svg>
      <input
        ref={field}
        type="search"
        aria-label="Search"
        aria-invalid={problem !== undefined}
        placeholder={hint}
        spellCheck={false}
        autoComplete="off"
        value={draft}
        onChange={(e) => setDraft(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === 'Escape') setDraft('')
        }}
      />
      {found && !problem && <output className="app-search-count">{found}</output>}
      {isMatcher(draft) && !found && !problem && <output className="app-search-count">filter</output>}
      {problem && (
        <p className="app-search-problem" role="alert">
          {printable(problem.detail || problem.title)}
        </p>
      )}
    </search>
  )
}
