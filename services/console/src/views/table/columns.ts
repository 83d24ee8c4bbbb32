import type { GraphEdge } from '../../map/graph.js'

export type ColumnId =
  | 'client'
  | 'server'
  | 'port'
  | 'transport'
  | 'client_to_server_bytes'
  | 'server_to_client_bytes'
  | 'connects'
  | 'open'
  | 'failures'
  | 'retransmits'
  | 'srtt_us'
  | 'connect_us'

export interface TableColumn {
  id: ColumnId
  title: string
  help: string
  numeric: boolean
  /** What it is sorted by; null sorts last either way. */
  key(e: GraphEdge): string | number | null
}

const text = (id: ColumnId, title: string, help: string, key: TableColumn['key']): TableColumn => ({
  id,
  title,
  help,
  numeric: false,
  key,
})
const number = (id: ColumnId, title: string, help: string, key: TableColumn['key']): TableColumn => ({
  id,
  title,
  help,
  numeric: true,
  key,
})

export const tableColumns: readonly TableColumn[] = [
  text('client', 'Client', 'The end that connected', (e) => e.source.label),
  text('server', 'Server', 'The end that accepted', (e) => e.target.label),
  number('port', 'Port', "The server's ports, busiest first", (e) => e.data.server_ports[0] ?? null),
  text('transport', 'Proto', 'Transport protocol', (e) => e.data.transport),
  number('client_to_server_bytes', 'To server', 'Payload sent by the client', (e) => e.data.client_to_server_bytes),
  number('server_to_client_bytes', 'To client', 'Payload sent by the server', (e) => e.data.server_to_client_bytes),
  number('connects', 'Connections', 'Established in the range', (e) => e.data.connects),
  number('open', 'Open', 'Open at the end of the range', (e) => e.data.open),
  number('failures', 'Failures', 'Attempts that never were established', (e) => e.data.failures),
  number(
    'retransmits',
    'Retransmits',
    'Segments sent again, of both ends where both are seen',
    (e) => e.data.retransmits,
  ),
  number('srtt_us', 'RTT', 'Smoothed round-trip time, mean', (e) => e.data.srtt_us),
  number('connect_us', 'Connect', 'From SYN to established, mean', (e) => e.data.connect_us),
]

export interface Sort {
  column: ColumnId
  descending: boolean
}

const compareText = new Intl.Collator('en', { numeric: true }).compare

export function sorted(edges: readonly GraphEdge[], sort: Sort): GraphEdge[] {
  const column = tableColumns.find((c) => c.id === sort.column) ?? (tableColumns[0] as TableColumn)
  const sign = sort.descending ? -1 : 1
  return [...edges].sort((a, b) => {
    const [x, y] = [column.key(a), column.key(b)]
    if (x === null || y === null) return (x === null ? 1 : 0) - (y === null ? 1 : 0)
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : compareText(String(x), String(y))
    return order * sign || (a.id < b.id ? -1 : 1)
  })
}
