import { useMemo } from 'react'
import type { Graph } from '../../map/graph.js'
import type { Selection } from '../../map/hit.js'
import { selectionMatchers } from '../../map/matchers.js'
import type { DetailPanelProps } from '../../views/detail/DetailPanel.js'
import { edgeCharts, nodeCharts } from '../../views/series/charts.js'
import type { Api } from '../api/client.js'
import { usePolled } from '../poll/usePolled.js'
import { useFlows } from './useFlows.js'

/** Series have steps of seconds: there is nothing new for them each second. */
const LEAST_PAUSE_MS = 3_000

export interface DetailQuery {
  from: string
  to: string
  self: string | undefined
  filter: string
}

type Detail = Pick<DetailPanelProps, 'charts' | 'seriesProblem' | 'flows' | 'flowsProblem'> & { combined: boolean }

/** Series and flows of what is selected, refreshed with the map until an older page of flows is read. */
export function useDetail(
  api: Api,
  query: DetailQuery,
  selection: Selection | undefined,
  graph: Graph,
  everyMs: number | undefined,
): Detail {
  const filters = useMemo(() => selectionMatchers(selection, graph, query.filter), [selection, graph, query.filter])
  const range = { from: query.from, to: query.to, self: query.self }
  const key = filters && JSON.stringify([range, filters])
  const pause = everyMs === undefined ? undefined : Math.max(everyMs, LEAST_PAUSE_MS)

  const series = usePolled(
    key,
    async (signal) => {
      const answers = await Promise.all(
        (filters?.series ?? []).map((filter) => api.series({ ...range, filter }, signal)),
      )
      const [first, second] = answers
      if (!first) return []
      return second ? nodeCharts(first, second) : edgeCharts(first)
    },
    pause,
  )
  const flows = useFlows(api, filters && { ...range, filter: filters.flows }, pause)
  return {
    charts: series.data,
    seriesProblem: series.problem,
    flows: flows.flows,
    flowsProblem: flows.problem,
    combined: selection !== undefined && filters === undefined,
  }
}
