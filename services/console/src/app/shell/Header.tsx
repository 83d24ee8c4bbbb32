import type { Completeness, Problem } from '@headwater/contracts'
import { CompletenessBadge } from '../../views/completeness/CompletenessBadge.js'
import { GroupPicker, RefreshPicker } from '../header/Pickers.js'
import { RangePicker } from '../header/RangePicker.js'
import { SearchBox } from '../header/SearchBox.js'
import { Wordmark } from '../header/Wordmark.js'
import type { Theme } from '../theme/useTheme.js'
import { type ConsoleState, isMoving } from '../url/state.js'
import type { SetState } from '../url/useUrlState.js'
import { Nav } from './Nav.js'

export interface HeaderProps {
  state: ConsoleState
  setState: SetState
  range: { from: number; to: number } | undefined
  completeness: Completeness | undefined
  found: string | undefined
  filterProblem: Problem | undefined
  failing: boolean
  theme: Theme
  onTheme(): void
  onRefresh(): void
}

const SUN =
  'M8 1.500v1.300M8 13.200v1.300M1.500 8h1.300M13.200 8h1.300M3.400 3.400l.9.9M11.700 11.700l.9.9M3.400 12.600l.9-.9M11.700 4.300l.9-.9M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6'
const MOON = 'M13.300 9.600A5.800 5.800 0 0 1 6.400 2.700a5.800 5.800 0 1 0 6.900 6.900'

export function Header({ state, setState, ...props }: HeaderProps) {
  const next = props.theme === 'dark' ? 'light' : 'dark'
  const grouped = state.page === 'map' || state.page === 'health'
  return (
    <header className="app-header">
      <Wordmark />
      <Nav state={state} setState={setState} />
      <SearchBox
        text={state.search}
        hint={grouped || state.page === 'cost' ? 'Search, or {server_port="443"}' : 'Search nodes'}
        found={props.found}
        problem={props.filterProblem}
        onChange={(search) => setState({ search }, 'replace')}
      />
      <div className="app-controls">
        <RangePicker
          from={state.from}
          to={state.to}
          range={props.range}
          onChange={(from, to) => setState({ from, to })}
        />
        {grouped && (
          <GroupPicker
            group={state.group}
            onChange={(group) => setState({ group, selection: undefined, open: undefined })}
          />
        )}
        <RefreshPicker
          refresh={state.refresh}
          fixed={!isMoving(state)}
          failing={props.failing}
          onChange={(refresh) => setState({ refresh }, 'replace')}
          onNow={props.onRefresh}
        />
        {props.completeness && <CompletenessBadge completeness={props.completeness} />}
        <button
          type="button"
          className="hw-button hw-icon-button app-theme"
          aria-label={`Use the ${next} theme`}
          title={`Use the ${next} theme`}
          onClick={props.onTheme}
        >
          <svg
            viewBox="0 0 16 16"
            width="16"
            height="16"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.400"
            strokeLinecap="round"
            strokeLinejoin="round"
            aria-hidden="true"
          >
            <path d={props.theme === 'dark' ? SUN : MOON} />
          </svg>
        </button>
      </div>
    </header>
  )
}
