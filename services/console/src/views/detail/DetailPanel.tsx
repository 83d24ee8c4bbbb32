import type { DnsGroup, Problem } from '@headwater/contracts'
import type { ReactNode } from 'react'
import { printable } from '../../format/text.js'
import type { Graph, GraphNode } from '../../map/graph.js'
import type { Selection } from '../../map/hit.js'
import { Glyph, SHAPE_NAMES } from '../basics/Glyph.js'
import { Name } from '../basics/Name.js'
import { SidePanel } from '../basics/SidePanel.js'
import { ChangeNote } from '../changes/Change.js'
import { FlowsTable, type FlowsTableProps } from '../flows/FlowsTable.js'
import { HealthNote } from '../health/State.js'
import { NAT_TEXT } from '../map/facts.js'
import { NamesTable } from '../names/NamesTable.js'
import type { ChartSpec } from '../series/charts.js'
import { SeriesPanel } from '../series/SeriesPanel.js'
import { EdgeSummary, NodeSummary } from './Summary.js'

export interface DetailPanelProps {
  selection: Selection
  graph: Graph
  rangeMs: number
  charts: ChartSpec[] | undefined
  seriesProblem?: Problem | undefined
  flows: Omit<FlowsTableProps, 'rangeMs'>
  flowsProblem?: Problem | undefined
  /** Questions for names, by name, type and code: shown where there are any. */
  names?: readonly DnsGroup[] | undefined
  /** One end stands for many (the folded internet, a class): no filter selects it, so there are only sums. */
  combined: boolean
  /** Sums alone, without series and flows: for a host that has them elsewhere. */
  summary?: boolean
  themeKey: string
  onSelect(selection: Selection | undefined): void
}

function Wrong({ problem }: { problem: Problem | undefined }) {
  if (!problem) return null
  return (
    <p className="hw-inline-problem" role="alert">
      {printable(problem.title)}. {printable(problem.detail)}
    </p>
  )
}

const place = (n: GraphNode): string =>
  [n.data.cluster, n.data.namespace]
    .filter((t) => t !== '')
    .map(printable)
    .join(' / ')

function NodeTitle({ node }: { node: GraphNode }) {
  const { data } = node
  const what = node.shape === 'address' && data.class !== '' ? `${data.class} address` : SHAPE_NAMES[node.shape]
  return (
    <>
      <h2>
        <Glyph shape={node.shape} /> <Name text={node.label} />
      </h2>
      <p className="hw-muted">
        {data.kind}, {printable(what)}
        {place(node) !== '' && ` · ${place(node)}`}
        {data.self && ' · Headwater itself'}
      </p>
    </>
  )
}

/** What is known of the selected node or edge: sums, series, flows. */
export function DetailPanel(props: DetailPanelProps) {
  const { selection, graph, rangeMs, onSelect } = props
  const node = selection.type === 'node' ? graph.byId.get(selection.id) : undefined
  const edge = selection.type === 'edge' ? graph.edgeById.get(selection.id) : undefined
  const end = (n: GraphNode): ReactNode => (
    <button type="button" className="hw-link" onClick={() => onSelect({ type: 'node', id: n.id })}>
      <Glyph shape={n.shape} /> <Name text={n.label} max={40} />
    </button>
  )
  return (
    <SidePanel
      label="Details"
      testId="detail"
      onClose={() => onSelect(undefined)}
      title={
        <>
          {node && <NodeTitle node={node} />}
          {edge && (
            <>
              <h2 className="hw-detail-edge">
                {end(edge.source)} <span>→</span> {end(edge.target)}
              </h2>
              <p className="hw-muted">
                {printable(edge.data.transport)} ·{' '}
                {edge.data.server_ports.length > 0 ? `port ${edge.data.server_ports.join(', ')}` : 'no port known'}
              </p>
            </>
          )}
          {!node && !edge && (
            <>
              <h2>Not in this range</h2>
              <p className="hw-muted">What was selected has no traffic in the chosen range or filter.</p>
            </>
          )}
        </>
      }
    >
      {(node ?? edge) && <HealthNote health={(node ?? edge)!.data.health} />}
      {edge && <ChangeNote change={edge.data.change} />}
      {edge && !edge.data.counted && (
        <p className="hw-change">
          <span className="hw-mark">NAT</span> {NAT_TEXT}: an address translation stands between the ends, and its sums
          are in no total.
        </p>
      )}
      {node && node.data.health.edge !== null && graph.edgeById.has(node.data.health.edge) && (
        <p className="hw-change">
          <button
            type="button"
            className="hw-link"
            onClick={() => onSelect({ type: 'edge', id: node.data.health.edge ?? '' })}
          >
            Show the edge that decides
          </button>
        </p>
      )}
      {node && <NodeSummary node={node} rangeMs={rangeMs} />}
      {edge && <EdgeSummary edge={edge} rangeMs={rangeMs} />}
      {(node || edge) && props.combined && (
        <p className="hw-table-note">
          This stands for many ends, so it has no series of its own. Group by address or process to see them one by one.
        </p>
      )}
      {(node || edge) && !props.combined && !props.summary && (
        <>
          <Wrong problem={props.seriesProblem} />
          {!(props.seriesProblem && !props.charts) && <SeriesPanel charts={props.charts} themeKey={props.themeKey} />}
          {props.names !== undefined && props.names.length > 0 && (
            <>
              <h3>DNS</h3>
              <NamesTable groups={props.names} />
            </>
          )}
          <h3>Flows</h3>
          <Wrong problem={props.flowsProblem} />
          {!(props.flowsProblem && !props.flows.flows) && <FlowsTable {...props.flows} rangeMs={rangeMs} />}
        </>
      )}
    </SidePanel>
  )
}
