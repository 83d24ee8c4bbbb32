import type { DashboardLink } from '@grafana/schema'

export const uids = {
  overview: 'headwater-overview',
  map: 'headwater-map',
  service: 'headwater-service',
  edge: 'headwater-edge',
  names: 'headwater-names',
  cost: 'headwater-cost',
  agents: 'headwater-agents',
} as const

export interface Link {
  title: string
  url: string
}

/** A row's value of a column, and the cell's own, encoded for an address whatever they hold. */
const cell = (column: string): string => `$\{__data.fields.${column}:percentencode}`
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own placeholder
const own = '${__value.raw:percentencode}'
const label = (name: string): string => `$\{__field.labels.${name}:percentencode}`

/** What goes along: the time range, the data source and, where this dashboard has it, the choice of clusters. */
const along = '$' + '{__url_time_range}&$' + '{datasource:queryparam}'
const to = (title: string, uid: string, variables: Record<string, string>): Link => ({
  title,
  url: `/d/${uid}?${along}${Object.entries(variables)
    .map(([name, value]) => `&var-${name}=${value}`)
    .join('')}`,
})

/** From the name of a service in a table. */
export const toService = to('Health of this service', uids.service, { service: own })
/** From a row of edges by service. */
export const toEdge = to('This edge', uids.edge, { client: cell('client_service'), server: cell('server_service') })
/** From a series of one edge, client or server. */
export const seriesToEdge = to('This edge', uids.edge, {
  client: label('client_service'),
  server: label('server_service'),
})
export const seriesToServer = to('Health of this service', uids.service, { service: label('server_service') })
export const seriesToClient = to('Health of this service', uids.service, { service: label('client_service') })

/** The other dashboards, with the same time range and variables. */
export const dashboards: DashboardLink = {
  type: 'dashboards',
  title: 'Headwater',
  tags: ['headwater'],
  asDropdown: true,
  includeVars: true,
  keepTime: true,
  targetBlank: false,
  icon: 'external link',
  tooltip: '',
}
