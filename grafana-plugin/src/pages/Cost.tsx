import { CostView, type CostViewProps, pairId, pairMatchers } from '@headwater/console'
import type { CostAnswer } from '@headwater/contracts/api'
import { useState } from 'react'
import { askAnswer } from './ask.js'
import { Framed } from './Framed.js'
import { type PageProps, useCompleteness } from './page.js'
import { rangeNow } from './state.js'
import { useAsked } from './useAsked.js'
import { noMore, useFlows } from './useDetail.js'

/** A bill changes slowly, and takes more to work out than a map. */
const LEAST_PAUSE_MS = 10_000

export function Cost({ uid, state, onCompleteness }: PageProps) {
  const [open, setOpen] = useState<string>()
  const [sort, setSort] = useState<CostViewProps['sort']>()
  const query = { queryType: 'cost', filter: state.filter } as const
  const asked = useAsked(
    JSON.stringify([uid, state.from, state.to, query]),
    () => askAnswer<CostAnswer>(uid, query, rangeNow(state)),
    state.refresh === 0 ? 0 : Math.max(state.refresh, LEAST_PAUSE_MS),
  )
  const { data } = asked
  const pair = data?.pairs.find((p) => pairId(p) === open)
  const flows = useFlows(uid, pair && pairMatchers(pair, state.filter), state)
  useCompleteness(data?.completeness, onCompleteness)
  const empty = data !== undefined && data.pairs.length + data.by_path.length + data.unpriced.length === 0
  return (
    <Framed asked={asked} empty={empty} filtered={state.filter !== ''}>
      {data && (
        <CostView
          cost={data}
          pairs={data.pairs}
          sort={sort}
          onSort={setSort}
          open={open}
          onOpen={setOpen}
          flows={{ ...noMore, flows: flows.flows }}
          flowsProblem={flows.problem}
        />
      )}
    </Framed>
  )
}
