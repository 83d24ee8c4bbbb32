import type { MapAnswer } from '@headwater/contracts'
import { useMemo } from 'react'
import { foundChanges } from '../../map/changes.js'
import { emptyGraph, type Graph, graphOf } from '../../map/graph.js'
import { addressMatcher } from '../../map/matchers.js'
import { type Found, looksLikeAddress, search } from '../../map/search.js'
import type { Api } from '../api/client.js'
import { usePolled } from '../poll/usePolled.js'
import { comparedRange } from '../url/compare.js'
import type { ConsoleState } from '../url/state.js'
import { filterOf, many, type PageData, pauseOf } from './page.js'

export interface MapData extends PageData<MapAnswer> {
  graph: Graph
  /** What the search and the chosen changes let stand out. */
  shown: Found | undefined
}

/** The map of the chosen range, and what of it the search found: for the pages map and health. */
export function useMap(api: Api, state: ConsoleState): MapData {
  const active = state.page === 'map' || state.page === 'health'
  const filter = filterOf(state)
  const query = { from: state.from, to: state.to, group_by: state.group, filter, self: state.self ? '1' : undefined }
  const compare = state.page === 'map' ? state.compare : 'off'
  const load = (signal: AbortSignal): Promise<MapAnswer> =>
    api.map({ ...query, ...comparedRange(state.from, state.to, compare) }, signal)
  const answer = usePolled(active ? JSON.stringify([query, compare]) : undefined, load, pauseOf(state), true)
  const graph = useMemo(() => (answer.data ? graphOf(answer.data) : emptyGraph()), [answer.data])

  const text = state.search.trim()
  const byAddress = { ...query, filter: looksLikeAddress(text) ? addressMatcher(text) : '' }
  const addressed = usePolled(
    !active || byAddress.filter === '' ? undefined : JSON.stringify(byAddress),
    (signal) => api.map(byAddress, signal),
    pauseOf(state, 5_000),
  )
  const found = useMemo(() => {
    const edges = addressed.data?.edges
    return search(graph, state.search, edges && { nodes: new Set(), edges: new Set(edges.map((e) => e.id)) })
  }, [graph, state.search, addressed.data])
  const shown = useMemo(
    () => (compare === 'off' ? found : foundChanges(graph, found, state.changes)),
    [graph, found, compare, state.changes],
  )
  return {
    answer,
    graph,
    shown,
    found: found && `${many(found.nodes.size, 'node')}, ${many(found.edges.size, 'edge')}`,
    empty: answer.data?.nodes.length === 0,
  }
}
