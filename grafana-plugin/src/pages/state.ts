import { rangeUtil, type TimeRange } from '@grafana/data'
import { locationService } from '@grafana/runtime'
import { type Grouping, groupings } from '@headwater/contracts/api'
import { useCallback, useMemo, useState } from 'react'

/** What the pages show, kept in the address: links restore it. */
export interface PageState {
  from: string
  to: string
  /** Ms between questions; 0: never. */
  refresh: number
  group: Grouping
  filter: string
  /** Uid of the chosen data source; empty: the first. */
  ds: string
}

const START: PageState = { from: 'now-15m', to: 'now', refresh: 5_000, group: 'service', filter: '', ds: '' }

function stateOf(search: Record<string, unknown>): PageState {
  const text = (key: keyof PageState): string | undefined => {
    const value = search[key]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
  }
  const group = groupings.find((g) => g === text('group'))
  const refresh = Number(text('refresh') ?? START.refresh)
  return {
    from: text('from') ?? START.from,
    to: text('to') ?? START.to,
    refresh: Number.isFinite(refresh) && refresh >= 0 ? refresh : START.refresh,
    group: group ?? START.group,
    filter: text('filter') ?? '',
    ds: text('ds') ?? '',
  }
}

export type SetState = (to: Partial<PageState>) => void

export function usePageState(): [PageState, SetState] {
  const [state, setState] = useState(() => stateOf(locationService.getSearchObject()))
  const set = useCallback<SetState>((to) => {
    setState((s) => ({ ...s, ...to }))
    locationService.partial(to, true)
  }, [])
  return [state, set]
}

const isTime = (text: string): boolean =>
  /^now/.test(text) || Number.isFinite(Number(text)) || !Number.isNaN(Date.parse(text))
const raw = (text: string): string | number => (/^\d+$/.test(text) ? Number(text) : text)

/** The range now; a relative one moves on with each call. An address that holds none is of the last 15 minutes. */
export function rangeNow({ from, to }: Pick<PageState, 'from' | 'to'>): TimeRange {
  const valid = isTime(from) && isTime(to)
  const given = valid ? { from: raw(from), to: raw(to) } : { from: START.from, to: START.to }
  return rangeUtil.convertRawToRange(given as { from: string; to: string })
}

export const useRange = ({ from, to }: PageState): TimeRange => useMemo(() => rangeNow({ from, to }), [from, to])
