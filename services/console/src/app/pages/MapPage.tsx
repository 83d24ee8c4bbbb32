import { useCallback } from 'react'
import type { MapController } from '../../map/controller.js'
import type { Selection } from '../../map/hit.js'
import { WorkerLayout } from '../../map/layout/layout.js'
import { ServiceMap } from '../../views/map/ServiceMap.js'
import { EdgeTable } from '../../views/table/EdgeTable.js'
import type { Theme } from '../theme/useTheme.js'
import type { ConsoleState } from '../url/state.js'
import type { SetState } from '../url/useUrlState.js'
import type { MapData } from './useMap.js'

const createLayout = (): WorkerLayout =>
  new WorkerLayout(new Worker(new URL('../../map/layout/worker.ts', import.meta.url), { type: 'module' }))

/** For tests and for a look from the browser's console: where something is drawn, in CSS pixels of the viewport. */
function expose(controller: MapController | undefined): void {
  const scope = window as Window & { __headwater?: { map: { positionOf: MapController['positionOf'] } } }
  if (controller) scope.__headwater = { map: { positionOf: (id) => controller.positionOf(id) } }
  else delete scope.__headwater
}

export interface MapPageProps {
  map: MapData
  rangeMs: number
  state: ConsoleState
  setState: SetState
  theme: Theme
}

/** What talks to what: the map, the table behind it, or both. */
export function MapPage({ map, rangeMs, state, setState, theme }: MapPageProps) {
  const onSelect = useCallback((selection: Selection | undefined) => setState({ selection }), [setState])
  const { data } = map.answer
  if (!data) return null
  const compared = data.compared_with !== null
  return (
    <>
      {state.view !== 'table' && (
        <ServiceMap
          graph={map.graph}
          grouping={data.group_by}
          rangeMs={rangeMs}
          selection={state.selection}
          found={map.shown}
          onSelect={onSelect}
          createLayout={createLayout}
          storage={sessionStorage}
          themeKey={theme}
          compared={compared}
          onController={expose}
        />
      )}
      {state.view !== 'map' && (
        <EdgeTable
          graph={map.graph}
          rangeMs={rangeMs}
          found={map.shown}
          selection={state.selection}
          onSelect={onSelect}
          truncated={data.truncated.edges}
          compared={compared}
          sort={state.sort}
          onSort={(sort) => setState({ sort }, 'replace')}
        />
      )}
    </>
  )
}
