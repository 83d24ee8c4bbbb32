import { seriesSchema } from '@headwater/contracts/api'
import type { HeadwaterQuery, QueryType } from './query.js'

/** `label`: tells rows apart, and becomes a label of what an alert makes of the row. */
export type ColumnKind = 'label' | 'text' | 'number' | 'boolean' | 'time'

export interface Column {
  name: string
  kind: ColumnKind
  /** Grafana's id of the unit. */
  unit?: string
  /** Left out of sight in tables: there for links. */
  hidden?: true
  /** Rows of the same labels add up in it; else the greatest of them stands. */
  sum?: true
}

const labels = (...names: string[]): Column[] => names.map((name) => ({ name, kind: 'label' }))
const texts = (...names: string[]): Column[] => names.map((name) => ({ name, kind: 'text' }))
const numbers = (unit: string, ...names: string[]): Column[] => names.map((name) => ({ name, kind: 'number', unit }))
const sums = (unit: string, ...names: string[]): Column[] => numbers(unit, ...names).map((c) => ({ ...c, sum: true }))
const times = (...names: string[]): Column[] => names.map((name) => ({ name, kind: 'time' }))
const flags = (...names: string[]): Column[] => names.map((name) => ({ name, kind: 'boolean' }))

/** `state_level`: 0 healthy, 1 degraded, 2 unhealthy, none where it is unknown. */
const health = [...texts('state'), ...numbers('short', 'state_level'), ...texts('cause', 'at_fault', 'reason')]
const filter: Column = { name: 'filter', kind: 'text', hidden: true }
const quantiles = (name: string) => numbers('µs', name, `${name}_p50`, `${name}_p95`, `${name}_p99`)

const serviceColumns: Column[] = [
  ...labels('class'),
  ...health,
  ...times('since'),
  ...flags('observed', 'self'),
  ...sums('short', 'connects', 'accepts', 'failures'),
  ...numbers('percentunit', 'failure_ratio'),
  ...sums('short', 'open'),
  ...sums('decbytes', 'tx_bytes', 'rx_bytes'),
  ...sums('Bps', 'tx_bytes_per_second', 'rx_bytes_per_second'),
  filter,
]

const edgeColumns: Column[] = [
  ...health,
  ...sums('decbytes', 'client_to_server_bytes', 'server_to_client_bytes'),
  ...sums('Bps', 'bytes_per_second'),
  ...sums('short', 'connects', 'failures'),
  ...numbers('percentunit', 'failure_ratio'),
  ...texts('failure_reasons'),
  ...sums('short', 'open', 'closes', 'retransmits'),
  ...numbers('percentunit', 'retransmit_ratio'),
  ...sums('short', 'resets'),
  ...quantiles('connect_us'),
  ...quantiles('srtt_us'),
  ...texts('server_ports'),
  ...sums('decbytes', 'client_to_server_wire_bytes', 'server_to_client_wire_bytes'),
  ...sums('short', 'client_to_server_packets', 'server_to_client_packets'),
  ...flags('counted'),
  filter,
]

const nodeColumns: Column[] = [
  ...labels('cluster', 'node', 'zone', 'region'),
  ...texts('state'),
  ...numbers('short', 'up'),
  ...times('last_heard'),
  ...numbers('s', 'heard_age_seconds'),
  ...times('started'),
  ...numbers('ms', 'clock_offset_ms'),
  ...texts('version', 'kernel', 'arch', 'profile'),
  ...numbers('short', 'rows_produced', 'rows_stored', 'rows_dropped', 'rows_excluded'),
  ...numbers('short', 'dns_rows_produced', 'dns_rows_stored', 'dns_rows_dropped'),
  ...texts('losses'),
  ...numbers('decbytes', 'bytes_excluded'),
  ...numbers('s', 'cpu_seconds', 'cpu_system_seconds'),
  ...numbers('decbytes', 'rss_bytes', 'kernel_bytes'),
  ...numbers('percentunit', 'ring_peak_ratio', 'cpu_used', 'cpu_budget'),
  ...texts('given_up'),
  ...numbers('percentunit', 'limit_used_ratio'),
  ...numbers('short', 'notices'),
  ...texts('notice', 'capabilities_missing'),
]

/** Amounts are of the currency of the price table, which the backend puts in as their unit. */
const costColumns: Column[] = [
  ...labels('client_cluster', 'client_namespace', 'client_service', 'client_zone', 'client_region'),
  ...labels('server_cluster', 'server_namespace', 'server_service', 'server_zone', 'server_region'),
  ...labels('path_class', 'nat_gateway'),
  ...texts('items', 'prices'),
  ...sums('currency', 'cost', 'per_day', 'per_month'),
  ...sums('decbytes', 'client_to_server_wire_bytes', 'server_to_client_wire_bytes'),
]

const flowColumns: Column[] = [
  ...times('time', 'start'),
  ...texts('cluster', 'node', 'side', 'local_service', 'remote_service', 'process', 'remote_process'),
  ...texts('transport', 'local_ip', 'local_port', 'remote_ip', 'remote_port', 'remote_node', 'remote_cluster'),
  ...sums('decbytes', 'tx_bytes', 'rx_bytes', 'tx_wire_bytes', 'rx_wire_bytes'),
  ...sums('short', 'tx_packets', 'rx_packets', 'connects', 'accepts', 'closes', 'failures'),
  ...texts('failure_reason'),
  ...numbers('µs', 'connect_us', 'srtt_us', 'min_rtt_us'),
  ...sums('short', 'retransmits', 'resets_tx', 'resets_rx'),
  ...flags('open', 'counted', 'partial', 'self'),
  ...texts('pid', 'unit', 'container_name', 'container_image', 'container_id', 'path_class', 'nat_gateway'),
  ...texts('side_source', 'service_source', 'owner_source', 'connection_id', 'cookie'),
  filter,
]

/** Questions for names, and what came of them. */
const dnsColumns: Column[] = [
  ...labels('name', 'type', 'rcode'),
  ...sums('short', 'questions', 'failures', 'timeouts'),
  ...numbers('percentunit', 'failure_ratio'),
  ...numbers('µs', 'p50_us', 'p95_us', 'max_us'),
  ...sums('short', 'truncated'),
  ...numbers('short', 'clients'),
  ...texts('answers'),
  ...times('last'),
]

const completenessColumns: Column[] = [
  ...numbers('percentunit', 'delivered', 'coverage'),
  ...numbers('short', 'rows_produced', 'rows_stored', 'rows_dropped', 'nodes_expected', 'nodes_heard', 'nodes_silent'),
  ...texts('silent'),
  ...numbers('percentunit', 'dns_delivered'),
  ...numbers('short', 'dns_rows_produced', 'dns_rows_stored', 'dns_rows_dropped'),
  ...texts('losses'),
]

const changeColumns: Column[] = [...times('time'), ...texts('title', 'text', 'tags', 'kind')]

/** Fields of a series, as the API names them. */
export const seriesFields = Object.keys(seriesSchema.shape.series.shape)
const seriesUnits: Record<string, string> = {
  client_to_server_bytes: 'decbytes',
  server_to_client_bytes: 'decbytes',
  connect_us: 'µs',
  srtt_us: 'µs',
}
const seriesColumns: Column[] = seriesFields.map((name) => ({
  name,
  kind: 'number',
  unit: seriesUnits[name] ?? 'short',
}))

/** Columns of each type of query. Those of services, edges and maps come after the labels of the grouping. */
export const columnsOf: Record<QueryType, readonly Column[]> = {
  map: edgeColumns,
  services: serviceColumns,
  edges: edgeColumns,
  series: seriesColumns,
  flows: flowColumns,
  dns: dnsColumns,
  cost: costColumns,
  nodes: nodeColumns,
  completeness: completenessColumns,
  changes: changeColumns,
}

/** Columns of the whole bill, where an alert asks for no pair. */
export const billColumns: readonly Column[] = [
  ...labels('currency'),
  ...sums('currency', 'cost', 'per_day', 'per_month'),
  ...sums('decbytes', 'wire_bytes'),
]

const alertFields: Partial<Record<QueryType, string>> = {
  map: 'state_level',
  services: 'state_level',
  edges: 'state_level',
  series: 'failures',
  cost: 'per_day',
  nodes: 'up',
  completeness: 'delivered',
}

/** Whether alert rules can be made of this type: flows and changes are lists of what happened, not numbers of something. */
export const canAlert = (type: QueryType): boolean => alertFields[type] !== undefined

/** The number that `format: long` gives where the query names none. */
export const alertField = ({ queryType, fields }: HeadwaterQuery): string => fields[0] ?? alertFields[queryType] ?? ''
