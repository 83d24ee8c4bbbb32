import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { nextSort, type Sort, type SortKey, sorted } from './sort.js'

export interface Column<T> extends SortKey<T> {
  title: string
  help: string
  numeric: boolean
  /** CSS pixels. Without it the column shares what is left, and has at least `least`. */
  width?: number
  least?: number
  cell(row: T): ReactNode
}

export interface DataTableProps<T extends { id: string }> {
  label: string
  /** Rows carry their id as `data-KIND`. */
  kind: 'edge' | 'service' | 'agent'
  testId: string
  columns: readonly Column<T>[]
  rows: readonly T[]
  sort: Sort
  onSort(sort: Sort): void
  selected: string | undefined
  onSelect(id: string | undefined): void
  /** Rows of one group stand together under its title. Groups keep the order of their first rows. */
  group?: { of(row: T): string; title(group: string, rows: T[]): ReactNode }
  /** Said where there are no rows. */
  none: string
  note?: ReactNode
}

/** Pixels; the style sheet gives rows this height. */
const ROW = 34
const SPARE = 12
/** Of a column that shares what is left. */
const LEAST_WIDTH = 150

/** What columns take at least, px. */
export const roomOf = (columns: readonly Pick<Column<never>, 'width' | 'least'>[]): number =>
  columns.reduce((sum, c) => sum + (c.width ?? c.least ?? LEAST_WIDTH), 0)

type Item<T> = { group: string; rows: T[] } | { row: T }

function itemsOf<T extends { id: string }>(rows: T[], group: DataTableProps<T>['group']): Item<T>[] {
  if (!group) return rows.map((row) => ({ row }))
  return [...Map.groupBy(rows, (r) => group.of(r))].flatMap(([name, own]): Item<T>[] => [
    { group: name, rows: own },
    ...own.map((row) => ({ row })),
  ])
}

function Head<T extends { id: string }>({
  columns,
  sort,
  onSort,
}: Pick<DataTableProps<T>, 'columns' | 'sort' | 'onSort'>) {
  return (
    <thead>
      <tr>
        {columns.map((c) => {
          const own = sort.column === c.id
          return (
            <th
              key={c.id}
              className={c.numeric ? 'hw-right' : ''}
              aria-sort={own ? (sort.descending ? 'descending' : 'ascending') : 'none'}
            >
              <button type="button" title={c.help} onClick={() => onSort(nextSort(sort, c.id, c.numeric))}>
                {c.title}
                <span aria-hidden="true">{own ? (sort.descending ? ' ▾' : ' ▴') : ''}</span>
              </button>
            </th>
          )
        })}
      </tr>
    </thead>
  )
}

/** A table of which only the rows in sight are in the document. Arrow keys go from row to row, Enter selects. */
export function DataTable<T extends { id: string }>(props: DataTableProps<T>) {
  const { columns, rows, sort, group, selected, onSelect } = props
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(400)
  const scroller = useRef<HTMLDivElement>(null)
  const items = useMemo(() => itemsOf(sorted(rows, columns, sort), group), [rows, columns, sort, group])
  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const observer = new ResizeObserver(() => setHeight(element.clientHeight))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const keyDown = (e: KeyboardEvent<HTMLTableRowElement>, id: string): void => {
    const step =
      e.key === 'ArrowDown' ? 'nextElementSibling' : e.key === 'ArrowUp' ? 'previousElementSibling' : undefined
    if (e.key === 'Enter' || e.key === ' ') onSelect(id)
    else if (e.key === 'Escape') onSelect(undefined)
    else if (step) {
      let sibling = e.currentTarget[step]
      while (sibling && !(sibling instanceof HTMLElement && sibling.tabIndex === 0)) sibling = sibling[step]
      if (sibling instanceof HTMLElement) sibling.focus()
    } else return
    e.preventDefault()
  }

  const first = Math.max(0, Math.floor(top / ROW) - SPARE)
  const last = Math.min(items.length, Math.ceil((top + height) / ROW) + SPARE)
  const minWidth = roomOf(columns)
  return (
    <div
      className="hw-table"
      ref={scroller}
      onScroll={(e) => setTop(e.currentTarget.scrollTop)}
      data-testid={props.testId}
    >
      <table aria-rowcount={items.length + 1} aria-label={props.label} style={{ minWidth }}>
        <colgroup>
          {columns.map((c) => (
            <col key={c.id} style={c.width === undefined ? {} : { width: c.width }} />
          ))}
        </colgroup>
        <Head columns={columns} sort={sort} onSort={props.onSort} />
        <tbody>
          {first > 0 && <tr style={{ height: first * ROW }} />}
          {items.slice(first, last).map((item, i) =>
            'group' in item ? (
              <tr key={`group ${item.group}`} className="hw-group-row" aria-rowindex={first + i + 2}>
                <th colSpan={columns.length} scope="rowgroup">
                  {group?.title(item.group, item.rows)}
                </th>
              </tr>
            ) : (
              <tr
                key={item.row.id}
                className={item.row.id === selected ? 'hw-row hw-selected' : 'hw-row'}
                aria-selected={item.row.id === selected}
                aria-rowindex={first + i + 2}
                tabIndex={0}
                {...{ [`data-${props.kind}`]: item.row.id }}
                onClick={() => onSelect(item.row.id)}
                onKeyDown={(e) => keyDown(e, item.row.id)}
              >
                {columns.map((c) => (
                  <td key={c.id} className={c.numeric ? 'hw-right' : ''}>
                    {c.cell(item.row)}
                  </td>
                ))}
              </tr>
            ),
          )}
          {last < items.length && <tr style={{ height: (items.length - last) * ROW }} />}
        </tbody>
      </table>
      {rows.length === 0 && <p className="hw-table-note">{props.none}</p>}
      {props.note}
    </div>
  )
}
