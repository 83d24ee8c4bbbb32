import { useMemo } from 'react'
import type { Graph } from '../../map/graph.js'
import type { Selection } from '../../map/hit.js'
import type { Found } from '../../map/search.js'
import { DataTable } from './DataTable.js'
import { edgeColumns } from './edgeColumns.js'
import type { Sort } from './sort.js'

export interface EdgeTableProps {
  graph: Graph
  rangeMs: number
  /** Only these are listed, where given. */
  found: Found | undefined
  selection: Selection | undefined
  onSelect(selection: Selection | undefined): void
  /** Edges that the API left out by its limit. */
  truncated: number
  /** Says what became of each edge since another range. */
  compared: boolean
  /** undefined: busiest first, or what changed where ranges are compared. */
  sort: Sort | undefined
  onSort(sort: Sort): void
}

/** Every edge of the map as a row. */
export function EdgeTable(props: EdgeTableProps) {
  const { graph, rangeMs, found, selection, truncated, compared, onSelect } = props
  const columns = useMemo(() => edgeColumns(rangeMs, compared), [rangeMs, compared])
  const rows = useMemo(() => (found ? graph.edges.filter((e) => found.edges.has(e.id)) : graph.edges), [graph, found])
  const usual: Sort = compared
    ? { column: 'change', descending: false }
    : { column: 'server_to_client_bytes', descending: true }
  return (
    <DataTable
      label="Edges"
      kind="edge"
      testId="edges"
      columns={columns}
      rows={rows}
      sort={props.sort ?? usual}
      onSort={props.onSort}
      selected={selection?.type === 'edge' ? selection.id : undefined}
      onSelect={(id) => onSelect(id === undefined ? undefined : { type: 'edge', id })}
      none="No edge matches the search."
      note={
        truncated > 0 && (
          <p className="hw-table-note">
            {truncated} more edges were left out by the limit. Narrow the filter to see them.
          </p>
        )
      }
    />
  )
}
