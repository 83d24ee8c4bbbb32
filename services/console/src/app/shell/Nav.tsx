import type { MouseEvent } from 'react'
import { type ConsoleState, onPage, type Page, pages } from '../url/state.js'
import { hrefOf, type SetState } from '../url/useUrlState.js'

const TITLES: Record<Page, string> = { map: 'Map', health: 'Health', cost: 'Cost', fleet: 'Fleet' }

const opensElsewhere = (e: MouseEvent): boolean => e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey

/** The pages, as links: they open in a tab of their own as well. */
export function Nav({ state, setState }: { state: ConsoleState; setState: SetState }) {
  return (
    <nav className="app-nav" aria-label="Pages">
      {pages.map((page) => {
        const next = onPage(state, page)
        return (
          <a
            key={page}
            href={hrefOf(next)}
            aria-current={page === state.page ? 'page' : undefined}
            onClick={(e) => {
              if (opensElsewhere(e)) return
              e.preventDefault()
              setState(next)
            }}
          >
            {TITLES[page]}
          </a>
        )
      })}
    </nav>
  )
}
