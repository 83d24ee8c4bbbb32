import type { EndLabel } from '@headwater/contracts'

export type End = 'client' | 'server'
export const ends: readonly End[] = ['client', 'server']

/** A column of the oriented rows: `client_service`, `server_port`, ... */
export const endColumn = (end: End, label: EndLabel): string => `${end}_${label}`

/** An address as the API prints it: IPv4 dotted. */
export const addressText = (column: string): string =>
  `if(isIPv4String(substring(toString(${column}), 8)), substring(toString(${column}), 8), toString(${column}))`

/** The observing end's labels, as expressions over `flows`. Labels without a column are empty, as Prometheus has it. */
export const localLabels: Record<EndLabel, string> = {
  service: 'local_service',
  workload: "''",
  namespace: 'local_namespace',
  pod: "''",
  container: "if(container_name != '', toString(container_name), toString(container_id))",
  process: 'process',
  node: 'node',
  zone: 'local_zone',
  region: 'local_region',
  cluster: 'cluster',
  address: addressText('local_ip'),
  port: 'toString(local_port)',
}

/** The other end's labels, as far as its observer can know them. */
export const remoteLabels: Record<EndLabel, string> = {
  service: 'remote_service',
  workload: "''",
  namespace: 'remote_namespace',
  pod: "''",
  container: 'remote_container',
  process: 'remote_process',
  node: 'remote_node',
  zone: 'remote_zone',
  region: 'remote_region',
  cluster: 'remote_cluster',
  address: addressText('remote_ip'),
  port: 'toString(remote_port)',
}

/**
 * Labels that an end knows of itself better than the other end does: taken from its own rows where it reported the
 * same connection. Address and port stay as each row saw them.
 */
export const ownLabels: readonly EndLabel[] = [
  'service',
  'namespace',
  'container',
  'process',
  'node',
  'zone',
  'region',
  'cluster',
]

/** Labels that edges_1m has. */
export const rollupEndLabels: readonly EndLabel[] = ['service', 'namespace', 'cluster']
