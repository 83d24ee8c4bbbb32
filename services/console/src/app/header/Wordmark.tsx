/** Two springs that become one stream. */
export function Wordmark() {
  return (
    <span className="app-wordmark">
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" fill="none" strokeLinecap="round">
        <path d="M4 11.500c5 0 7 4.500 12 4.500h9" className="app-mark-a" strokeWidth="3" />
        <path d="M4 20.500c5 0 7-4.500 12-4.500" className="app-mark-b" strokeWidth="3" />
        <circle cx="25.500" cy="16" r="3.700" className="app-mark-drop" />
      </svg>
      <b>Headwater</b>
    </span>
  )
}
