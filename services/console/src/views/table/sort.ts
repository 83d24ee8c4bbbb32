export interface Sort {
  column: string
  descending: boolean
}

/** What a column is sorted by; null sorts last either way. */
export interface SortKey<T> {
  id: string
  key(row: T): string | number | null
}

const compareText = new Intl.Collator('en', { numeric: true }).compare

/** A sorted copy; rows that are alike stand by their id, so that they keep their place when data is refreshed. */
export function sorted<T extends { id: string }>(rows: readonly T[], columns: readonly SortKey<T>[], sort: Sort): T[] {
  const column = columns.find((c) => c.id === sort.column) ?? columns[0]
  if (!column) return [...rows]
  const sign = sort.descending ? -1 : 1
  return [...rows].sort((a, b) => {
    const [x, y] = [column.key(a), column.key(b)]
    if (x === null || y === null) return (x === null ? 1 : 0) - (y === null ? 1 : 0) || (a.id < b.id ? -1 : 1)
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : compareText(String(x), String(y))
    return order * sign || (a.id < b.id ? -1 : 1)
  })
}

/** A click on a heading: the other way round where it is the one, else from its telling end. */
export const nextSort = (now: Sort, column: string, numeric: boolean): Sort =>
  now.column === column ? { column, descending: !now.descending } : { column, descending: numeric }
