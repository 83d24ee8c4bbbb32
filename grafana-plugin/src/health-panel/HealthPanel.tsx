import type { PanelProps } from '@grafana/data'
import { CompletenessBadge, graphOf, HealthView, type HealthViewProps } from '@headwater/console'
import type { MapAnswer } from '@headwater/contracts/api'
import { useMemo, useState } from 'react'
import { mapOf } from '../look/answer.js'
import { Look } from '../look/Look.js'
import { Notice } from '../look/Notice.js'

export interface HealthOptions {
  /** Services that are healthy, or of which too little was seen, are listed too. */
  all: boolean
  completeness: boolean
}

type Props = PanelProps<HealthOptions>

/** Services that are not well, as what a search found: nothing found, and all is well. */
function unwell(graph: ReturnType<typeof graphOf>) {
  const is = (x: { health: string }): boolean => x.health === 'unhealthy' || x.health === 'degraded'
  return {
    nodes: new Set(graph.nodes.filter(is).map((n) => n.id)),
    edges: new Set(graph.edges.filter(is).map((e) => e.id)),
  }
}

function Health({ answer, options, width }: { answer: MapAnswer; options: HealthOptions; width: number }) {
  const [service, setService] = useState<string>()
  const [edge, setEdge] = useState<string>()
  const [sort, setSort] = useState<HealthViewProps['sort']>()
  const graph = useMemo(() => graphOf(answer), [answer])
  const found = useMemo(() => (options.all ? undefined : unwell(graph)), [graph, options.all])
  return (
    <div className="hw-grafana-view">
      {found?.nodes.size === 0 ? (
        <Notice title="All is well" text="No service is unhealthy or degraded in this time range." />
      ) : (
        <HealthView
          graph={graph}
          grouping={answer.group_by}
          range={answer.range}
          found={found}
          service={service}
          edge={edge}
          sort={sort}
          width={width}
          onSort={setSort}
          onService={setService}
          onEdge={setEdge}
        />
      )}
      {options.completeness && (
        <div className="hw-grafana-badge">
          <CompletenessBadge completeness={answer.completeness} />
        </div>
      )}
    </div>
  )
}

/** Every service with its state, the reason, and its edges. */
export function HealthPanel({ data, width, height, options }: Props) {
  const shown = mapOf(data)
  return (
    <Look width={width} height={height}>
      {'answer' in shown ? <Health answer={shown.answer} options={options} width={width} /> : <Notice {...shown} />}
    </Look>
  )
}
