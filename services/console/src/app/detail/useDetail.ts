import { useMemo } from 'react'
import type { Graph } from '../../map/graph.js'
import type { Selection } from '../../map/hit.js'
import { selectionMatchers } from '../../map/matchers.js'
import type { DetailPanelProps } from '../../views/detail/DetailPanel.js'
import { edgeCharts, nodeCharts } from '../../views/series/charts.js'
import type { Api } from '../api/client.js'
import { usePolled } from '../poll/usePolled.js'
import { useFlows } from './useFlows.js'

const DNS_PORT = 53
const MOST_NAMES = '200'

/** Series have steps of seconds: there is nothing new for them each second. */
const LEAST_PAUSE_MS = 3_000

export interface DetailQuery {
  from: string
  to: string
  self: string | undefined
  filter: string
}

type Detail = Pick<DetailPanelProps, 'charts' | 'seriesProblem' | 'flows' | 'flowsProblem' | 'names'> & {
  combined: boolean
}

/** Whether questions for names may go along it. */
function mayAsk(selection: Selection | undefined, graph: Graph): boolean {
  if (selection?.type !== 'edge') return selection !== undefined
  const edge = graph.edgeById.get(selection.id)
  return edge?.data.transport === 'udp' && edge.data.server_ports.includes(DNS_PORT)
}

/** Series, questions for names and flows of what is selected, refreshed with the map until an older page of flows is read. */
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
  const asking = mayAsk(selection, graph)
  const names = usePolled(
    asking ? key : undefined,
    (signal) => api.dns({ ...range, filter: filters?.flows, limit: MOST_NAMES }, signal),
    pause,
  )
  const flows = useFlows(api, filters && { ...range, filter: filters.flows }, pause)
  return {
    charts: series.data,
    seriesProblem: series.problem,
    // Without an answer there is no table: flows tell of a problem already.
    names: asking ? names.data?.groups : undefined,
    flows: flows.flows,
    flowsProblem: flows.problem,
    combined: selection !== undefined && filters === undefined,
  }
}
