import type { CostAnswer, CostPair } from '@headwater/contracts'
import { useMemo } from 'react'
import { searchPairs } from '../../views/cost/pairs.js'
import type { Api } from '../api/client.js'
import { usePolled } from '../poll/usePolled.js'
import type { ConsoleState } from '../url/state.js'
import { filterOf, many, type PageData, pauseOf } from './page.js'

/** A bill changes slowly, and takes more to work out than a map. */
const LEAST_PAUSE_MS = 5_000

export interface CostData extends PageData<CostAnswer> {
  /** Those that the search found. */
  pairs: readonly CostPair[]
}

export function useCost(api: Api, state: ConsoleState): CostData {
  const query = { from: state.from, to: state.to, filter: filterOf(state), self: state.self ? '1' : undefined }
  const key = state.page === 'cost' ? JSON.stringify(query) : undefined
  const answer = usePolled(key, (signal) => api.cost(query, signal), pauseOf(state, LEAST_PAUSE_MS), true)
  const { data } = answer
  const found = useMemo(() => data && searchPairs(data, state.search), [data, state.search])
  return {
    answer,
    pairs: found ?? data?.pairs ?? [],
    found: found && many(found.length, 'pair'),
    empty: data !== undefined && data.pairs.length + data.by_path.length + data.unpriced.length === 0,
  }
}
