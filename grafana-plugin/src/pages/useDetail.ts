import {
  type ChartSpec,
  edgeCharts,
  type FlowsTableProps,
  type Graph,
  nodeCharts,
  type Selection,
  selectionMatchers,
} from '@headwater/console'
import type { Problem } from '@headwater/contracts/api'
import { askFlows, askSeries } from './ask.js'
import { type PageState, rangeNow } from './state.js'
import { useAsked } from './useAsked.js'

/** Series have steps of seconds, and a look at details is no reason for many questions. */
const LEAST_PAUSE_MS = 5_000

export const noMore = { more: false, loadingMore: false, onMore: () => undefined }

export interface Detail {
  charts: ChartSpec[] | undefined
  seriesProblem: Problem | undefined
  flows: Omit<FlowsTableProps, 'rangeMs'>
  flowsProblem: Problem | undefined
  combined: boolean
}

export function useFlows(uid: string, filter: string | undefined, state: PageState) {
  const key = filter === undefined ? undefined : JSON.stringify([uid, state.from, state.to, filter])
  const pause = state.refresh === 0 ? 0 : Math.max(state.refresh, LEAST_PAUSE_MS)
  const asked = useAsked(key, async () => ({ key, flows: await askFlows(uid, filter ?? '', rangeNow(state)) }), pause)
  return { flows: asked.data?.key === key ? asked.data?.flows : undefined, problem: asked.problem }
}

/** Series and flows of what is selected. */
export function useDetail(uid: string, state: PageState, selection: Selection | undefined, graph: Graph): Detail {
  const filters = selectionMatchers(selection, graph, state.filter)
  const key = filters && JSON.stringify([uid, state.from, state.to, filters])
  const pause = state.refresh === 0 ? 0 : Math.max(state.refresh, LEAST_PAUSE_MS)
  const series = useAsked(
    key,
    async () => {
      const range = rangeNow(state)
      const [first, second] = await Promise.all((filters?.series ?? []).map((f) => askSeries(uid, f, range)))
      return { key, charts: first ? (second ? nodeCharts(first, second) : edgeCharts(first)) : [] }
    },
    pause,
  )
  const flows = useFlows(uid, filters?.flows, state)
  return {
    charts: series.data?.key === key ? series.data?.charts : undefined,
    seriesProblem: series.problem,
    flows: { ...noMore, flows: flows.flows },
    flowsProblem: flows.problem,
    combined: selection !== undefined && filters === undefined,
  }
}
