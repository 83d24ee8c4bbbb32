import { type Column, roomOf } from '../table/DataTable.js'

/** What tells the least first: of what is wrong, the reason speaks. */
const leastTelling = ['since', 'open', 'resets', 'retransmits', 'rtt', 'connect', 'rate']

/** The columns for which there is room, px. */
export function fitting<Row>(columns: Column<Row>[], width = Number.POSITIVE_INFINITY): Column<Row>[] {
  let shown = columns
  for (const id of leastTelling) {
    if (roomOf(shown) <= width) break
    shown = shown.filter((c) => c.id !== id)
  }
  return shown
}
