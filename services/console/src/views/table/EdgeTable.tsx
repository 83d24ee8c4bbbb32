import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import type { Graph } from '../../map/graph.js'
import type { Selection } from '../../map/hit.js'
import type { Found } from '../../map/search.js'
import { type ColumnId, type Sort, sorted, tableColumns } from './columns.js'
import { EdgeRow } from './EdgeRow.js'

export interface EdgeTableProps {
  graph: Graph
  rangeMs: number
  /** Only these are listed, where given. */
  found: Found | undefined
  selection: Selection | undefined
  onSelect(selection: Selection | undefined): void
  /** Edges that the API left out by its limit. */
  truncated: number
}

/** Pixels; the style sheet gives rows this height. */
const ROW = 34
const SPARE = 12

/** Every edge as a row. Only the rows in sight are in the document. */
export function EdgeTable({ graph, rangeMs, found, selection, onSelect, truncated }: EdgeTableProps) {
  const [sort, setSort] = useState<Sort>({ column: 'server_to_client_bytes', descending: true })
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(400)
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useMemo(
    () => sorted(found ? graph.edges.filter((e) => found.edges.has(e.id)) : graph.edges, sort),
    [graph, found, sort],
  )

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const observer = new ResizeObserver(() => setHeight(element.clientHeight))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const sortBy = (column: ColumnId, numeric: boolean): void =>
    setSort((s) => (s.column === column ? { column, descending: !s.descending } : { column, descending: numeric }))
  const keyDown = (e: KeyboardEvent<HTMLTableRowElement>, id: string): void => {
    const { nextElementSibling: next, previousElementSibling: previous } = e.currentTarget
    const sibling = e.key === 'ArrowDown' ? next : e.key === 'ArrowUp' ? previous : undefined
    if (e.key === 'Enter' || e.key === ' ') onSelect({ type: 'edge', id })
    else if (e.key === 'Escape') onSelect(undefined)
    else if (sibling instanceof HTMLElement) sibling.focus()
    else return
    e.preventDefault()
  }

  const first = Math.max(0, Math.floor(top / ROW) - SPARE)
  const last = Math.min(rows.length, Math.ceil((top + height) / ROW) + SPARE)
  return (
    <div className="hw-table" ref={scroller} onScroll={(e) => setTop(e.currentTarget.scrollTop)} data-testid="edges">
      <table aria-rowcount={rows.length + 1} aria-label="Edges">
        <thead>
          <tr>
            {tableColumns.map((c) => {
              const own = sort.column === c.id
              return (
                <th
                  key={c.id}
                  className={c.numeric ? 'hw-right' : ''}
                  aria-sort={own ? (sort.descending ? 'descending' : 'ascending') : 'none'}
                >
                  <button type="button" title={c.help} onClick={() => sortBy(c.id, c.numeric)}>
                    {c.title}
                    <span aria-hidden="true">{own ? (sort.descending ? '▾' : '▴') : ''}</span>
                  </button>
                </th>
              )
            })}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <tr style={{ height: first * ROW }} />}
          {rows.slice(first, last).map((e, i) => (
            <EdgeRow
              key={e.id}
              edge={e}
              index={first + i}
              rangeMs={rangeMs}
              selected={selection?.type === 'edge' && selection.id === e.id}
              onSelect={() => onSelect({ type: 'edge', id: e.id })}
              onKeyDown={(event) => keyDown(event, e.id)}
            />
          ))}
          {last < rows.length && <tr style={{ height: (rows.length - last) * ROW }} />}
        </tbody>
      </table>
      {rows.length === 0 && <p className="hw-table-note">No edge matches the search.</p>}
      {truncated > 0 && (
        <p className="hw-table-note">
          {truncated} more edges were left out by the limit. Narrow the filter to see them.
        </p>
      )}
    </div>
  )
}
