import type { ColumnArrays, ColumnOrigin } from '../flow/column.js'
import { COUNTER, col, EVEN, TIME } from '../flow/define.js'

/**
 * The DNS table: the one list that drives its Arrow schema, the Native encoder, the DDL of `dns` and its reference. A row is one
 * question, as the end that asked saw it, with what became of it.
 */
export const dnsColumns = {
  time: col('time', 'agent', 'ms', 'When the answer came, or was given up', TIME),
  cluster: col('string', 'batch', '', 'Cluster of the node that asked'),
  node: col('string', 'batch', '', 'Node that asked'),
  realm: col('string', 'batch', '', 'Address space the addresses belong to'),
  instance: col('string', 'batch', '', 'Agent instance: a new one at each start of an agent'),
  sequence: col('u64', 'batch', '1', 'Number of the batch of DNS rows within its agent instance, from 1', EVEN),
  netns: col('u32', 'agent', '', 'Network namespace of the socket (inode)', COUNTER),
  cookie: col('u64', 'agent', '', 'Socket cookie: one socket on one boot of the node', COUNTER),
  transport: col('string', 'agent', '', 'udp: questions over TCP are not read'),
  local_ip: col('ip', 'agent', '', 'Address that asked'),
  local_port: col('u16', 'agent', '', 'Port that asked'),
  server_ip: col('ip', 'agent', '', 'Address that was asked'),
  server_port: col('u16', 'agent', '', 'Port that was asked'),
  query_name: col(
    'string',
    'agent',
    '',
    'Name asked for, in small letters, without the last dot; a hash or empty as agent.dns-names says, empty too where there were too many',
  ),
  query_type: col('string', 'agent', '', 'Type asked for: A, AAAA, ... or TYPE and its number'),
  rcode: col(
    'string',
    'agent',
    '',
    'Answer: NOERROR, NXDOMAIN, SERVFAIL, ... or RCODE and its number; empty without one',
  ),
  answers: col('ips', 'agent', '', 'Addresses in the answer, at most 16'),
  duration_us: col('u32', 'agent', 'us', 'Question to answer; without one, how long it was waited for', COUNTER),
  timed_out: col('bool', 'agent', '', '1 where no answer came within 5 s'),
  truncated: col('bool', 'agent', '', '1 where the answer was cut short (TC): it is asked for again over TCP'),
  count: col('u32', 'agent', '{question}', 'Questions in this row', COUNTER),
  self: col('bool', 'agent', '', '1 for questions of Headwater itself'),
  pid: col('u32', 'agent', '', 'Process that asked; 0 where unknown', COUNTER),
  process: col('string', 'agent', '', 'Name of that process'),
  uid: col('u32', 'agent', '', 'User of that process; means nothing where pid is 0', COUNTER),
  cgroup_id: col('u64', 'agent', '', 'cgroup v2 id of that process', COUNTER),
  container_id: col('string', 'agent', '', 'Container of that process'),
  container_name: col('string', 'agent', '', 'Name of that container, as its runtime tells it'),
  unit: col('string', 'agent', '', 'systemd unit of that process'),
  local_zone: col('string', 'batch', '', 'Zone of the node that asked'),
  local_region: col('string', 'batch', '', 'Region of the node that asked'),
  local_namespace: col('string', 'agent', '', 'Namespace of the workload that asked'),
  local_service: col('string', 'agent', '', 'Service that asked'),
  service_source: col('string', 'agent', '', 'How that service is known: otel, unit, container, process'),
} as const

export type DnsColumns = typeof dnsColumns
export type DnsColumnName = keyof DnsColumns
type NamesOf<O extends ColumnOrigin> = {
  [N in DnsColumnName]: DnsColumns[N]['origin'] extends O ? N : never
}[DnsColumnName]
export type DnsAgentColumnName = NamesOf<'agent'>

type DnsColumnsOf<N extends DnsColumnName> = { [P in N]: ColumnArrays[DnsColumns[P]['kind']] }
export type DnsAgentColumns = DnsColumnsOf<DnsAgentColumnName>
export type AllDnsColumns = DnsColumnsOf<DnsColumnName>

const names = Object.keys(dnsColumns) as DnsColumnName[]
export const dnsColumnNames: readonly DnsColumnName[] = names
export const dnsAgentColumnNames = names.filter((n) => dnsColumns[n].origin === 'agent') as DnsAgentColumnName[]
