import type { StatusAnswer } from '@headwater/contracts'
import { useCallback, useMemo } from 'react'
import type { MapController } from '../../map/controller.js'
import type { Selection } from '../../map/hit.js'
import { WorkerLayout } from '../../map/layout/layout.js'
import { DetailPanel } from '../../views/detail/DetailPanel.js'
import { ServiceMap } from '../../views/map/ServiceMap.js'
import { EmptyState, LoadingState, ProblemState, StaleBanner } from '../../views/states/States.js'
import { EdgeTable } from '../../views/table/EdgeTable.js'
import type { Api } from '../api/client.js'
import { useDetail } from '../detail/useDetail.js'
import { rangeText } from '../header/range.js'
import { usePolled } from '../poll/usePolled.js'
import { useTheme } from '../theme/useTheme.js'
import { useUrlState } from '../url/useUrlState.js'
import { Header } from './Header.js'
import { StatusBanner } from './StatusBanner.js'
import { Toolbar } from './Toolbar.js'
import { useMap } from './useMap.js'

const STATUS_MS = 5_000

const createLayout = (): WorkerLayout =>
  new WorkerLayout(new Worker(new URL('../../map/layout/worker.ts', import.meta.url), { type: 'module' }))

/** For tests and for a look from the browser's console: where something is drawn, in CSS pixels of the viewport. */
function expose(controller: MapController | undefined): void {
  const scope = window as Window & { __headwater?: { map: { positionOf: MapController['positionOf'] } } }
  if (controller) scope.__headwater = { map: { positionOf: (id) => controller.positionOf(id) } }
  else delete scope.__headwater
}

/** The whole console, once there is a token. */
export function Console({ api }: { api: Api }) {
  const [state, setState] = useUrlState()
  const [theme, toggleTheme] = useTheme()
  const { answer, graph, found, filter, everyMs } = useMap(api, state)
  const status = usePolled<StatusAnswer>('status', (signal) => api.status(signal), STATUS_MS)
  const query = useMemo(
    () => ({ from: state.from, to: state.to, self: state.self ? '1' : undefined, filter }),
    [state.from, state.to, state.self, filter],
  )
  const detail = useDetail(api, query, state.selection, graph, everyMs)
  const onSelect = useCallback((selection: Selection | undefined) => setState({ selection }), [setState])

  const { data, problem } = answer
  const rangeMs = data ? data.range.to - data.range.from : 0
  const filterProblem = problem && filter !== '' && problem.status === 400 ? problem : undefined
  const failed = filterProblem ? undefined : problem
  const empty = data !== undefined && data.nodes.length === 0
  const classes = [
    'app-main',
    `app-view-${state.view}`,
    answer.loading && data ? 'app-refreshing' : '',
    data && data.group_by !== state.group ? 'app-outdated' : '',
  ]
  const shows = (part: 'map' | 'table'): boolean => state.view === 'split' || state.view === part

  return (
    <div className="app">
      <Header
        state={state}
        setState={setState}
        range={data?.range}
        completeness={data?.completeness}
        found={found && { nodes: found.nodes.size, edges: found.edges.size }}
        filterProblem={filterProblem}
        failing={problem !== undefined}
        theme={theme}
        onTheme={toggleTheme}
        onRefresh={answer.retry}
      />
      <Toolbar
        graph={data && graph}
        rangeMs={rangeMs}
        view={state.view}
        self={state.self}
        onView={(view) => setState({ view })}
        onSelf={(self) => setState({ self })}
      />
      {failed && data && <StaleBanner problem={failed} updatedAt={answer.updatedAt} onRetry={answer.retry} />}
      {status.data && !empty && data && <StatusBanner status={status.data} />}
      {data && data.truncated.nodes + data.truncated.edges > 0 && (
        <div className="hw-banner" role="status">
          <span>
            <strong>Not all is shown.</strong> The busiest {graph.nodes.length} nodes are; {data.truncated.nodes} nodes
            and {data.truncated.edges} edges are left out. A filter or a coarser grouping shows them.
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
          {data && !empty && shows('map') && (
            <ServiceMap
              graph={graph}
              grouping={data.group_by}
              rangeMs={rangeMs}
              selection={state.selection}
              found={found}
              onSelect={onSelect}
              createLayout={createLayout}
              storage={sessionStorage}
              themeKey={theme}
              onController={expose}
            />
          )}
          {data && !empty && shows('table') && (
            <EdgeTable
              graph={graph}
              rangeMs={rangeMs}
              found={found}
              selection={state.selection}
              onSelect={onSelect}
              truncated={data.truncated.edges}
            />
          )}
        </div>
        {data && state.selection && (
          <DetailPanel
            selection={state.selection}
            graph={graph}
            rangeMs={rangeMs}
            themeKey={theme}
            onSelect={onSelect}
            {...detail}
          />
        )}
      </main>
    </div>
  )
}
