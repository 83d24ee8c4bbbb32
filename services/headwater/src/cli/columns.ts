/** One column of a table; cells of numbers stand at the right. */
export interface Column {
  name: string
  right?: boolean
}

/** Lines of a table, its head first, each column as wide as its widest cell. @param rows cells that are safe to print, in the order of the columns */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ name }, i) => rows.reduce((w, row) => Math.max(w, row[i]?.length ?? 0), name.length))
  const cell = (text: string, i: number) =>
    columns[i]?.right === true ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)
  return [columns.map(({ name }) => name), ...rows].map((row) => row.map(cell).join('  ').trimEnd())
}
