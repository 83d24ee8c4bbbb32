import type { ReactNode } from 'react'

export interface SidePanelProps {
  label: string
  testId: string
  title: ReactNode
  children: ReactNode
  onClose(): void
}

/** What is known of one thing, beside the list or map that it was chosen in. */
export function SidePanel({ label, testId, title, children, onClose }: SidePanelProps) {
  return (
    <aside className="hw-detail" aria-label={label} data-testid={testId}>
      <header>
        <div className="hw-detail-title">{title}</div>
        <button type="button" className="hw-button hw-icon-button" aria-label="Close details" onClick={onClose}>
          <svg
            viewBox="0 0 16 16"
            width="16"
            height="16"
            stroke="currentColor"
            strokeWidth="1.600"
            strokeLinecap="round"
            aria-hidden="true"
          >
            <path d="m4 4 8 8M12 4l-8 8" />
          </svg>
        </button>
      </header>
      <div className="hw-detail-body">{children}</div>
    </aside>
  )
}
