import type { MapAnswer } from '@headwater/contracts'
import { useMemo } from 'react'
import { emptyGraph, type Graph, graphOf } from '../../map/graph.js'
import { addressMatcher } from '../../map/matchers.js'
import { type Found, isMatcher, looksLikeAddress, search } from '../../map/search.js'
import type { Api } from '../api/client.js'
import { type Polled, usePolled } from '../poll/usePolled.js'
import { type ConsoleState, isMoving, refreshes } from '../url/state.js'

export interface MapData {
  answer: Polled<MapAnswer>
  graph: Graph
  found: Found | undefined
  /** The matcher, where the search is one. */
  filter: string
  everyMs: number | undefined
}

/** The map of the chosen range, what of it the search found, and how often it is asked for. */
export function useMap(api: Api, state: ConsoleState): MapData {
  const filter = isMatcher(state.search) ? state.search.trim() : ''
  const everyMs = isMoving(state) ? refreshes[state.refresh] : undefined
  const query = { from: state.from, to: state.to, group_by: state.group, filter, self: state.self ? '1' : undefined }
  const answer = usePolled(JSON.stringify(query), (signal) => api.map(query, signal), everyMs, true)
  const graph = useMemo(() => (answer.data ? graphOf(answer.data) : emptyGraph()), [answer.data])

  const text = state.search.trim()
  const byAddress = { ...query, filter: looksLikeAddress(text) ? addressMatcher(text) : '' }
  const addressed = usePolled(
    byAddress.filter === '' ? undefined : JSON.stringify(byAddress),
    (signal) => api.map(byAddress, signal),
    everyMs === undefined ? undefined : Math.max(everyMs, 5_000),
  )
  const found = useMemo(() => {
    const edges = addressed.data?.edges
    return search(graph, state.search, edges && { nodes: new Set(), edges: new Set(edges.map((e) => e.id)) })
  }, [graph, state.search, addressed.data])
  return { answer, graph, found, filter, everyMs }
}
