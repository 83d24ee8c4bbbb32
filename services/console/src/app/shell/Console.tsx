import type { StatusAnswer } from '@headwater/contracts'
import { useCallback, useMemo } from 'react'
import type { Selection } from '../../map/hit.js'
import { DetailPanel } from '../../views/detail/DetailPanel.js'
import { EmptyState, LoadingState, ProblemState, StaleBanner } from '../../views/states/States.js'
import type { Api } from '../api/client.js'
import { Demo } from '../demo/Demo.js'
import { useDetail } from '../detail/useDetail.js'
import { rangeText } from '../header/range.js'
import { CostPage } from '../pages/CostPage.js'
import { FleetPage, OpenAgent } from '../pages/FleetPage.js'
import { HealthPage } from '../pages/HealthPage.js'
import { MapPage } from '../pages/MapPage.js'
import { filterOf, pauseOf } from '../pages/page.js'
import { useCost } from '../pages/useCost.js'
import { useFleet } from '../pages/useFleet.js'
import { useMap } from '../pages/useMap.js'
import { usePolled } from '../poll/usePolled.js'
import { useTheme } from '../theme/useTheme.js'
import { useUrlState } from '../url/useUrlState.js'
import { Header } from './Header.js'
import { StatusBanner } from './StatusBanner.js'
import { Toolbar } from './Toolbar.js'

const STATUS_MS = 5_000

/** The whole console, once there is a token. Only the page in sight asks the API. */
export function Console({ api }: { api: Api }) {
  const [state, setState] = useUrlState()
  const [theme, toggleTheme] = useTheme()
  const map = useMap(api, state)
  const cost = useCost(api, state)
  const fleet = useFleet(api, state)
  const page = { map, health: map, cost, fleet }[state.page]
  const status = usePolled<StatusAnswer>('status', (signal) => api.status(signal), STATUS_MS)
  const filter = filterOf(state)
  const query = useMemo(
    () => ({ from: state.from, to: state.to, self: state.self ? '1' : undefined, filter }),
    [state.from, state.to, state.self, filter],
  )
  const detailed = state.page === 'map' || state.page === 'health'
  const detail = useDetail(api, query, detailed ? state.selection : undefined, map.graph, pauseOf(state))
  const onSelect = useCallback((selection: Selection | undefined) => setState({ selection }), [setState])

  const { answer, empty } = page
  const { data, problem } = answer
  const rangeMs = data ? data.range.to - data.range.from : 0
  const filterProblem = problem && filter !== '' && problem.status === 400 ? problem : undefined
  const failed = filterProblem ? undefined : problem
  const outdated = detailed && map.answer.data !== undefined && map.answer.data.group_by !== state.group
  const truncated = detailed ? map.answer.data?.truncated : undefined
  const classes = [
    'app-main',
    `app-page-${state.page}`,
    `app-view-${state.view}`,
    answer.loading && data ? 'app-refreshing' : '',
    outdated ? 'app-outdated' : '',
  ]

  return (
    <div className="app">
      <Header
        state={state}
        setState={setState}
        range={data?.range}
        completeness={data?.completeness}
        found={page.found}
        filterProblem={filterProblem}
        failing={problem !== undefined}
        theme={theme}
        onTheme={toggleTheme}
        onRefresh={answer.retry}
      />
      <Demo api={api} />
      {state.page === 'map' && (
        <Toolbar
          graph={data && map.graph}
          rangeMs={rangeMs}
          view={state.view}
          self={state.self}
          compare={state.compare}
          changes={state.changes}
          onView={(view) => setState({ view })}
          onSelf={(self) => setState({ self })}
          onCompare={(compare) => setState({ compare, changes: [] })}
          onChanges={(changes) => setState({ changes })}
        />
      )}
      {failed && data && <StaleBanner problem={failed} updatedAt={answer.updatedAt} onRetry={answer.retry} />}
      {status.data && !empty && data && <StatusBanner status={status.data} />}
      {truncated && truncated.nodes + truncated.edges > 0 && (
        <div className="hw-banner" role="status">
          <span>
            <strong>Not all is shown.</strong> The busiest {map.graph.nodes.length} nodes are; {truncated.nodes} nodes
            and {truncated.edges} edges are left out. A filter or a coarser grouping shows them.
          </span>
        </div>
      )}
      <main className={classes.join(' ')}>
        <div className="app-work">
          {!data && !failed && <LoadingState />}
          {!data && failed && <ProblemState problem={failed} onRetry={answer.retry} />}
          {empty && (
            <EmptyState
              status={status.data}
              rangeText={rangeText(state.from, state.to).replace('Last', 'the last')}
              filtered={filter !== ''}
              onClearFilter={() => setState({ search: '' })}
            />
          )}
          {data && !empty && state.page === 'map' && (
            <MapPage map={map} rangeMs={rangeMs} state={state} setState={setState} theme={theme} />
          )}
          {data && !empty && state.page === 'health' && <HealthPage map={map} state={state} setState={setState} />}
          {data && !empty && state.page === 'cost' && (
            <CostPage api={api} cost={cost} state={state} setState={setState} />
          )}
          {data && !empty && state.page === 'fleet' && <FleetPage fleet={fleet} state={state} setState={setState} />}
        </div>
        {data && detailed && state.selection && (
          <DetailPanel
            selection={state.selection}
            graph={map.graph}
            rangeMs={rangeMs}
            themeKey={theme}
            onSelect={onSelect}
            {...detail}
          />
        )}
        {state.page === 'fleet' && <OpenAgent fleet={fleet} state={state} setState={setState} />}
      </main>
    </div>
  )
}
