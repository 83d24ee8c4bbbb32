import {
  DetailPanel,
  emptyGraph,
  graphOf,
  HealthView,
  type HealthViewProps,
  type Selection,
  ServiceMap,
} from '@headwater/console'
import type { MapAnswer } from '@headwater/contracts/api'
import { useCallback, useMemo, useState } from 'react'
import { LeftOut } from '../look/LeftOut.js'
import { useThemeKey } from '../look/Look.js'
import { createLayout } from '../look/layout.js'
import { askAnswer } from './ask.js'
import { Framed } from './Framed.js'
import { type PageProps, useCompleteness } from './page.js'
import { rangeNow } from './state.js'
import { useAsked } from './useAsked.js'
import { useDetail } from './useDetail.js'

/** As many as the console shows. */
const MOST_NODES = 5_000

const layout = () => createLayout('worker')

/** The pages map and health: two views of one answer, and the details of what is chosen in either. */
export function MapAndHealth({ uid, state, onCompleteness, view }: PageProps & { view: 'map' | 'health' }) {
  const themeKey = useThemeKey()
  const [selection, onSelect] = useState<Selection>()
  const [service, setService] = useState<string>()
  const [sort, setSort] = useState<HealthViewProps['sort']>()
  const query = {
    queryType: 'map',
    format: 'frames',
    groupBy: state.group,
    filter: state.filter,
    limit: MOST_NODES,
  } as const
  const asked = useAsked(
    JSON.stringify([uid, state.from, state.to, query]),
    () => askAnswer<MapAnswer>(uid, query, rangeNow(state)),
    state.refresh,
  )
  const { data } = asked
  const graph = useMemo(() => (data ? graphOf(data) : emptyGraph()), [data])
  const detail = useDetail(uid, state, selection, graph)
  useCompleteness(data?.completeness, onCompleteness)
  const choose = useCallback((id: string | undefined) => {
    setService(id)
    onSelect(id === undefined ? undefined : { type: 'node', id })
  }, [])
  const rangeMs = data ? data.range.to - data.range.from : 0
  return (
    <Framed
      asked={asked}
      empty={data?.nodes.length === 0}
      filtered={state.filter !== ''}
      panel={
        selection && (
          <DetailPanel
            selection={selection}
            graph={graph}
            rangeMs={rangeMs}
            themeKey={themeKey}
            onSelect={onSelect}
            {...detail}
          />
        )
      }
    >
      {data && <LeftOut truncated={data.truncated} />}
      {data && view === 'map' && (
        <ServiceMap
          graph={graph}
          grouping={data.group_by}
          rangeMs={rangeMs}
          selection={selection}
          found={undefined}
          onSelect={onSelect}
          createLayout={layout}
          storage={sessionStorage}
          themeKey={themeKey}
        />
      )}
      {data && view === 'health' && (
        <HealthView
          graph={graph}
          grouping={data.group_by}
          range={data.range}
          found={undefined}
          service={service}
          edge={selection?.type === 'edge' ? selection.id : undefined}
          sort={sort}
          onSort={setSort}
          onService={choose}
          onEdge={(id) => onSelect(id === undefined ? undefined : { type: 'edge', id })}
        />
      )}
    </Framed>
  )
}
