import { locationUtil, type TimeRange } from '@grafana/data'
import { LinkButton } from '@grafana/ui'
import { DetailPanel, edgeMatchers, type Graph, nodeMatchers, type Selection } from '@headwater/console'
import { exploreUrl } from '../look/explore.js'

interface FactsProps {
  graph: Graph
  selection: Selection
  onSelect(selection: Selection | undefined): void
  /** Uid of the data source that the map came from. */
  datasource: string | undefined
  range: TimeRange
  rangeMs: number
  themeKey: string
}

const none = { flows: [], more: false, loadingMore: false, onMore: () => undefined }

/** What is known of the chosen node or edge, and the ways on: its flows and its edges in Explore. */
export function Facts({ graph, selection, datasource, range, ...rest }: FactsProps) {
  const node = selection.type === 'node' ? graph.byId.get(selection.id) : undefined
  const edge = selection.type === 'edge' ? graph.edgeById.get(selection.id) : undefined
  const filter = node ? nodeMatchers(node)?.either : edge && edgeMatchers(edge)
  const to = (query: Parameters<typeof exploreUrl>[1]): string =>
    locationUtil.assureBaseUrl(exploreUrl(datasource ?? '', query, range))
  return (
    <div className="hw-grafana-beside">
      {/* Sums alone: series and flows are a query each, and a click away. */}
      <DetailPanel
        selection={selection}
        graph={graph}
        onSelect={rest.onSelect}
        rangeMs={rest.rangeMs}
        themeKey={rest.themeKey}
        charts={[]}
        flows={none}
        combined={filter === undefined}
        summary
      />
      {filter !== undefined && datasource !== undefined && (
        <div className="hw-grafana-links">
          <LinkButton size="sm" variant="secondary" icon="list-ul" href={to({ queryType: 'flows', filter })}>
            Flows
          </LinkButton>
          <LinkButton
            size="sm"
            variant="secondary"
            icon="chart-line"
            href={to({ queryType: 'series', format: 'frames', filter })}
          >
            Series
          </LinkButton>
          {node && (
            <LinkButton
              size="sm"
              variant="secondary"
              icon="sitemap"
              href={to({ queryType: 'edges', groupBy: 'process', format: 'table', filter })}
            >
              Processes
            </LinkButton>
          )}
        </div>
      )}
    </div>
  )
}
