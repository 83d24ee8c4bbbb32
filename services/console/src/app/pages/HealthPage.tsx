import { HealthView } from '../../views/health/HealthView.js'
import type { ConsoleState } from '../url/state.js'
import type { SetState } from '../url/useUrlState.js'
import type { MapData } from './useMap.js'

export interface HealthPageProps {
  map: MapData
  state: ConsoleState
  setState: SetState
}

/** A service stays chosen while one of its edges is looked at; a link that names an edge alone opens its server. */
export function HealthPage({ map, state, setState }: HealthPageProps) {
  const { data } = map.answer
  if (!data) return null
  const { selection } = state
  const edge = selection?.type === 'edge' ? selection.id : undefined
  const service =
    state.open ?? (selection?.type === 'node' ? selection.id : edge && map.graph.edgeById.get(edge)?.target.id)
  return (
    <HealthView
      graph={map.graph}
      grouping={data.group_by}
      range={data.range}
      found={map.shown}
      service={service}
      edge={edge}
      sort={state.sort}
      onSort={(sort) => setState({ sort }, 'replace')}
      onService={(id) => setState({ open: id, selection: id === undefined ? undefined : { type: 'node', id } })}
      onEdge={(id) => setState({ open: service, selection: id === undefined ? undefined : { type: 'edge', id } })}
    />
  )
}
