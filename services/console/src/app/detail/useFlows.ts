import type { Flow, FlowsAnswer, Problem } from '@headwater/contracts'
import { useState } from 'react'
import type { FlowsTableProps } from '../../views/flows/FlowsTable.js'
import type { Api } from '../api/client.js'
import { usePolled } from '../poll/usePolled.js'

const PAGE = '50'

export interface FlowsQuery {
  from: string
  to: string
  self: string | undefined
  filter: string
}

/** Flows of a filter, refreshed until an older page of them is read. undefined: nothing is asked. */
export function useFlows(
  api: Api,
  query: FlowsQuery | undefined,
  everyMs: number | undefined,
): { flows: Omit<FlowsTableProps, 'rangeMs'>; problem: Problem | undefined } {
  const key = query && JSON.stringify(query)
  const [older, setOlder] = useState<{ key: string; flows: Flow[]; cursor: string | null; loading: boolean }>()
  const paged = older !== undefined && older.key === key ? older : undefined
  const flows = usePolled<FlowsAnswer>(
    key,
    (signal) => api.flows({ ...query, limit: PAGE }, signal),
    paged ? undefined : everyMs,
  )
  const cursor = paged ? paged.cursor : (flows.data?.cursor ?? null)
  const onMore = async (): Promise<void> => {
    if (key === undefined || cursor === null || paged?.loading) return
    const before = paged?.flows ?? flows.data?.flows ?? []
    // A late page of what was selected before must not take the place of what is read now.
    const finish = (page: typeof older): void => setOlder((now) => (now?.key === key ? page : now))
    setOlder({ key, flows: before, cursor, loading: true })
    try {
      const next = await api.flows({ ...query, limit: PAGE, cursor }, new AbortController().signal)
      finish({ key, flows: [...before, ...next.flows], cursor: next.cursor, loading: false })
    } catch {
      finish({ key, flows: before, cursor, loading: false })
    }
  }
  return {
    flows: {
      flows: paged?.flows ?? flows.data?.flows,
      more: cursor !== null,
      loadingMore: paged?.loading ?? false,
      onMore,
    },
    problem: flows.problem,
  }
}
