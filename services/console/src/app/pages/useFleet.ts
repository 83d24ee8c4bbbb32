import type { NodeAnswer, NodesAnswer } from '@headwater/contracts'
import { useMemo, useRef } from 'react'
import { type CpuSample, cpuShares } from '../../views/fleet/cpu.js'
import { searchNodes } from '../../views/fleet/rows.js'
import type { Api } from '../api/client.js'
import { usePolled } from '../poll/usePolled.js'
import type { ConsoleState } from '../url/state.js'
import { filterOf, many, type PageData, pauseOf } from './page.js'

/** Agents report every few seconds. */
const LEAST_PAUSE_MS = 2_000

export interface FleetData extends PageData<NodesAnswer> {
  shown: NodeAnswer[] | undefined
  cpu: ReadonlyMap<string, CpuSample>
}

export function useFleet(api: Api, state: ConsoleState): FleetData {
  const query = { from: state.from, to: state.to }
  const key = state.page === 'fleet' ? JSON.stringify(query) : undefined
  const samples = useRef<Map<string, CpuSample>>(new Map())
  // Worked out with the answer, not while rendering: React may render twice what came once.
  const load = async (signal: AbortSignal): Promise<NodesAnswer & { cpu: Map<string, CpuSample> }> => {
    const nodes = await api.nodes(query, signal)
    samples.current = cpuShares(samples.current, nodes.nodes)
    return { ...nodes, cpu: samples.current }
  }
  const answer = usePolled(key, load, pauseOf(state, LEAST_PAUSE_MS), true)
  const { data } = answer
  const matcher = filterOf(state) !== ''
  const shown = useMemo(
    () => (data && !matcher ? searchNodes(data.nodes, state.search) : undefined),
    [data, matcher, state.search],
  )
  return {
    answer,
    shown,
    cpu: data?.cpu ?? samples.current,
    found: matcher ? 'all: a filter is of connections' : shown && many(shown.length, 'node'),
    empty: data?.nodes.length === 0,
  }
}
