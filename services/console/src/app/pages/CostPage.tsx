import { CostView } from '../../views/cost/CostView.js'
import { pairId, pairMatchers } from '../../views/cost/pairs.js'
import type { Api } from '../api/client.js'
import { useFlows } from '../detail/useFlows.js'
import type { ConsoleState } from '../url/state.js'
import type { SetState } from '../url/useUrlState.js'
import { filterOf, pauseOf } from './page.js'
import type { CostData } from './useCost.js'

const LEAST_PAUSE_MS = 3_000

export interface CostPageProps {
  api: Api
  cost: CostData
  state: ConsoleState
  setState: SetState
}

export function CostPage({ api, cost, state, setState }: CostPageProps) {
  const { data } = cost.answer
  const open = state.open === undefined ? undefined : data?.pairs.find((p) => pairId(p) === state.open)
  const { flows, problem } = useFlows(
    api,
    open && {
      from: state.from,
      to: state.to,
      self: state.self ? '1' : undefined,
      filter: pairMatchers(open, filterOf(state)),
    },
    pauseOf(state, LEAST_PAUSE_MS),
  )
  if (!data) return null
  return (
    <CostView
      cost={data}
      pairs={cost.pairs}
      sort={state.sort}
      onSort={(sort) => setState({ sort }, 'replace')}
      open={state.open}
      onOpen={(pair) => setState({ open: pair })}
      flows={flows}
      flowsProblem={problem}
    />
  )
}
