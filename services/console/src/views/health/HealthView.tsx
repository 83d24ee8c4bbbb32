import { useMemo } from 'react'
import { count } from '../../format/number.js'
import type { Graph } from '../../map/graph.js'
import type { Found } from '../../map/search.js'
import { Name } from '../basics/Name.js'
import { type Column, DataTable } from '../table/DataTable.js'
import type { Sort } from '../table/sort.js'
import { fitting } from './fitting.js'
import { healthColumns } from './healthColumns.js'
import { edgeRows, type HealthRow, serviceRows } from './rows.js'
import { HealthNote, StateGlyph } from './State.js'
import { countStates, stateOrder } from './states.js'

export interface HealthViewProps {
  graph: Graph
  /** What a line stands for, as the map is grouped: service, node, zone. */
  grouping: string
  /** Unix ms. */
  range: { from: number; to: number }
  /** Only these are listed, where given. */
  found: Found | undefined
  /** Id of the service whose edges are listed. */
  service: string | undefined
  /** Id of the edge whose details are open. */
  edge: string | undefined
  /** undefined: worst first. */
  sort: Sort | undefined
  /** Room in px: columns that tell less are left out where there is too little. undefined: the table is pushed sideways. */
  width?: number
  onSort(sort: Sort): void
  onService(id: string | undefined): void
  onEdge(id: string | undefined): void
}

const WORST: Sort = { column: 'state', descending: false }

/** Is it healthy: how many are in which state, every service with its figures, and the edges of the chosen one. */
export function HealthView(props: HealthViewProps) {
  const { graph, grouping, range, found, service, sort = WORST, width } = props
  const rangeMs = range.to - range.from
  const kind = grouping.charAt(0).toUpperCase() + grouping.slice(1)
  // To the second: a column made anew sorts and renders all again.
  const now = Math.floor(range.to / 1000) * 1000
  const [columns, ofEdges] = useMemo(
    () =>
      [false, true].map((edges) => fitting(healthColumns(kind, edges, rangeMs, now), width)) as [
        Column<HealthRow>[],
        Column<HealthRow>[],
      ],
    [kind, rangeMs, now, width],
  )
  const rows = useMemo(() => {
    const all = serviceRows(graph)
    return found ? all.filter((r) => found.nodes.has(r.id)) : all
  }, [graph, found])
  const chosen = service === undefined ? undefined : graph.byId.get(service)
  const edges = useMemo(
    () => edgeRows(graph.edges.filter((e) => e.source.id === service || e.target.id === service)),
    [graph, service],
  )
  const counts = countStates(graph.nodes.map((n) => n.data))
  return (
    <div className="hw-health-view">
      <p className="hw-headline" data-testid="health-head">
        {stateOrder.map((state) => (
          <span key={state} className={counts[state] > 0 ? `hw-state-${state}` : 'hw-muted'}>
            <StateGlyph state={state} /> <b>{count(counts[state])}</b> {state}
          </span>
        ))}
      </p>
      <DataTable
        label={`Health by ${grouping}`}
        kind="service"
        testId="services"
        columns={columns}
        rows={rows}
        sort={sort}
        onSort={props.onSort}
        selected={chosen?.id}
        onSelect={props.onService}
        none="Nothing matches the search."
      />
      {chosen && (
        <section className="hw-health-edges" aria-label="Edges of what is chosen">
          <h3>
            Edges of <Name text={chosen.label} max={40} />
          </h3>
          <HealthNote health={chosen.data.health} now={now} />
          <DataTable
            label="Edges of what is chosen"
            kind="edge"
            testId="service-edges"
            columns={ofEdges}
            rows={edges}
            sort={sort}
            onSort={props.onSort}
            selected={props.edge}
            onSelect={props.onEdge}
            none="It has no edges in this range."
          />
        </section>
      )}
    </div>
  )
}
