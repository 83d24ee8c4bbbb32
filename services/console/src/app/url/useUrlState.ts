import { useCallback, useEffect, useState } from 'react'
import { type ConsoleState, formatState, initialState, parseState } from './state.js'

/** On a phone the map alone fits. */
const base: ConsoleState = { ...initialState, view: matchMedia('(max-width: 760px)').matches ? 'map' : 'split' }

/** The link to a state, with the path of the page as it is. */
export const hrefOf = (state: ConsoleState): string => location.pathname + formatState(state, base)

export type SetState = (change: Partial<ConsoleState>, mode?: 'push' | 'replace') => void

/** The state in the address bar. `push` makes a step that the back button undoes. */
export function useUrlState(): [ConsoleState, SetState] {
  const [state, setState] = useState(() => parseState(location.search, base))
  useEffect(() => {
    const back = (): void => setState(parseState(location.search, base))
    addEventListener('popstate', back)
    return () => removeEventListener('popstate', back)
  }, [])
  const change = useCallback<SetState>((part, mode = 'push') => {
    const next = { ...parseState(location.search, base), ...part }
    const url = hrefOf(next)
    if (url !== location.pathname + location.search)
      history[mode === 'push' ? 'pushState' : 'replaceState'](null, '', url)
    setState(next)
  }, [])
  return [state, change]
}
