import { type VariableModel, VariableRefresh, VariableSort } from '@grafana/schema'
import { groupings } from '@headwater/contracts/api'
import { source } from './query.ts'

export const dataSource: VariableModel = {
  type: 'datasource',
  name: 'datasource',
  label: 'Data source',
  query: 'headwater-datasource',
  refresh: VariableRefresh.onDashboardLoad,
  regex: '',
  options: [],
}

const values = (name: string, label: string, of: string): VariableModel => ({
  type: 'query',
  name,
  label,
  datasource: source,
  query: { refId: 'Headwater variable', label: of },
  refresh: VariableRefresh.onTimeRangeChanged,
  sort: VariableSort.alphabeticalAsc,
  regex: '',
  options: [],
})

/** Any number of a label's values. "All" is a pattern of its own: what has no such label matches it too. */
const any = (name: string, label: string): VariableModel => ({
  ...values(name, label, name),
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
})

/** One value of a label, for a dashboard of one thing. */
const one = (name: string, label: string, of: string): VariableModel => ({
  ...values(name, label, of),
  multi: false,
  includeAll: false,
})

export const cluster = any('cluster', 'Cluster')
export const namespace = any('namespace', 'Namespace')
export const services = any('service', 'Service')
export const service = one('service', 'Service', 'service')
export const client = one('client', 'Client', 'client_service')
export const server = one('server', 'Server', 'server_service')

export const grouping: VariableModel = {
  type: 'custom',
  name: 'grouping',
  label: 'By',
  query: groupings.join(','),
  current: { text: 'service', value: 'service' },
  options: groupings.map((g) => ({ text: g, value: g, selected: g === 'service' })),
  multi: false,
  includeAll: false,
}

/** Filters that readers add by themselves; the data source puts them into every query. */
export const adHoc: VariableModel = { type: 'adhoc', name: 'filters', label: 'Filters', datasource: source }
