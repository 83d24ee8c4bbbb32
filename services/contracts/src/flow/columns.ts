import type { ColumnArrays, ColumnOrigin } from './column.js'
import { COUNTER, col, EVEN, ID, TIME } from './define.js'

/**
 * The flow table: the one list that drives the Arrow schema, the Native encoder, the DDL of `flows` and its reference.
 * A row is one connection over one interval, as one end saw it; counters are what was added in that interval.
 */
export const flowColumns = {
  time: col('time', 'agent', 'ms', 'End of the interval', TIME),
  start: col('time', 'agent', 'ms', 'When the connection began: connect, accept, or first sight', TIME),
  cluster: col('string', 'batch', '', 'Cluster of the observing node'),
  node: col('string', 'batch', '', 'Observing node'),
  realm: col('string', 'batch', '', 'Address space the addresses belong to'),
  instance: col('string', 'batch', '', 'Agent instance: a new one at each start of an agent'),
  sequence: col('u64', 'batch', '1', 'Number of the batch within its agent instance, from 1', EVEN),
  netns: col('u32', 'agent', '', 'Network namespace of the socket (inode)', ID),
  cookie: col('u64', 'agent', '', 'Socket cookie: one socket on one boot of the node', ID),
  connection_id: col(
    'u64',
    'agent',
    '',
    'Hash of both initial sequence numbers, of datagrams that of both addresses and ports: equal at both ends, 0 where unknown',
    ID,
  ),
  side: col('string', 'agent', '', 'client, server or peer'),
  side_source: col('string', 'agent', '', 'How the side is known: socket, walk or guess'),
  counted: col('bool', 'ingest', '', '1 where the bytes of the edge are taken from this row'),
  partial: col('bool', 'agent', '', '1 where the connection is older than its agent: earlier traffic is missing'),
  self: col('bool', 'agent', '', "1 for Headwater's own connections"),
  open: col('u8', 'agent', '1', 'Connections open at `time`', COUNTER),
  transport: col('string', 'agent', '', 'tcp or udp'),
  local_ip: col('ip', 'agent', '', 'Address of the observed end', ID),
  local_port: col('u16', 'agent', '', 'Port of the observed end', ID),
  remote_ip: col('ip', 'agent', '', 'Address of the other end', ID),
  remote_port: col('u16', 'agent', '', 'Port of the other end', ID),
  tx_bytes: col('u64', 'agent', 'By', 'Payload sent, retransmissions left out', COUNTER),
  rx_bytes: col('u64', 'agent', 'By', 'Payload received', COUNTER),
  tx_packets: col('u64', 'agent', '{packet}', 'Segments sent', COUNTER),
  rx_packets: col('u64', 'agent', '{packet}', 'Segments received', COUNTER),
  tx_wire_bytes: col(
    'u64',
    'agent',
    'By',
    'Estimate of the IP bytes sent (L3): payload, retransmissions, headers',
    COUNTER,
  ),
  rx_wire_bytes: col('u64', 'agent', 'By', 'Estimate of the IP bytes received (L3)', COUNTER),
  connects: col('u32', 'agent', '{connection}', 'Connections established from this end', COUNTER),
  accepts: col('u32', 'agent', '{connection}', 'Connections established towards this end', COUNTER),
  closes: col('u32', 'agent', '{connection}', 'Established connections that ended', COUNTER),
  failures: col('u32', 'agent', '{connection}', 'Attempts that never were established', COUNTER),
  failure_reason: col(
    'string',
    'agent',
    '',
    'refused, timeout, unreachable, no-route, neigh-failed (no neighbour answered), netfilter-drop (dropped by a firewall of the observing node), no-free-port (all local ports of the client were in use), reset, aborted (given up by its process) or other; empty without failure',
  ),
  close_reason: col(
    'string',
    'agent',
    '',
    'How an established connection ended: active-close (this end closed first), passive-close, simultaneous-close, reset (by the other end), aborted (by this end), timeout, unreachable or other; empty before',
  ),
  syn_retransmits: col('u32', 'agent', '{packet}', 'SYNs sent again; of a server its SYN and ACK', COUNTER),
  connect_us: col('u32', 'agent', 'us', 'SYN to established; 0 where not measured', COUNTER),
  srtt_us: col('u32', 'agent', 'us', 'Smoothed round-trip time; 0 without a sample', COUNTER),
  rttvar_us: col('u32', 'agent', 'us', 'Mean deviation of the round-trip time; 0 without a sample', COUNTER),
  min_rtt_us: col('u32', 'agent', 'us', 'Minimum round-trip time; 0 without a sample', COUNTER),
  retransmits: col('u32', 'agent', '{packet}', 'Segments retransmitted', COUNTER),
  retransmit_bytes: col('u64', 'agent', 'By', 'Payload retransmitted', COUNTER),
  spurious_retransmits: col(
    'u32',
    'agent',
    '{packet}',
    'Segments retransmitted for nothing, as the other end told (DSACK)',
    COUNTER,
  ),
  reorderings: col('u32', 'agent', '1', 'How often segments were found to have overtaken each other', COUNTER),
  ecn: col('bool', 'agent', '', '1 where explicit congestion notification was negotiated'),
  ce_packets: col(
    'u32',
    'agent',
    '{packet}',
    'Segments sent that met congestion, as the other end told by ECN',
    COUNTER,
  ),
  zero_windows_tx: col(
    'u32',
    'agent',
    '1',
    'Episodes of a closed receive window at this end, as walks found them: its process did not read',
    COUNTER,
  ),
  zero_windows_rx: col(
    'u32',
    'agent',
    '1',
    'Episodes of a closed receive window at the other end, as walks found them',
    COUNTER,
  ),
  busy_us: col('u64', 'agent', 'us', 'Time with payload to send or to be acknowledged', COUNTER),
  rwnd_limited_us: col('u64', 'agent', 'us', "Of that, time limited by the other end's receive window", COUNTER),
  sndbuf_limited_us: col('u64', 'agent', 'us', 'Of that, time limited by the own send buffer', COUNTER),
  drops: col('u32', 'agent', '{packet}', 'Packets that the socket dropped: no room in its receive queue', COUNTER),
  icmp_errors: col('u32', 'agent', '{packet}', 'ICMP errors that came for a conversation of datagrams', COUNTER),
  resets_tx: col('u32', 'agent', '{packet}', 'Resets sent', COUNTER),
  resets_rx: col('u32', 'agent', '{packet}', 'Resets received', COUNTER),
  reset_reason: col(
    'string',
    'agent',
    '',
    "Why this end sent a reset, in the kernel's words (enum sk_rst_reason, Linux 6.10); empty without one",
  ),
  protocol_hint: col(
    'string',
    'agent',
    '',
    'quic where port and first byte of a UDP conversation look like it; a label only, nothing was decoded',
  ),
  pid: col('u32', 'agent', '', 'Process that owns the socket; 0 where unknown', ID),
  process: col('string', 'agent', '', 'Name of that process: its executable, else its command name'),
  comm: col('string', 'agent', '', "Command name of that process: its first thread's"),
  uid: col('u32', 'agent', '', 'User of that process; means nothing where pid is 0', ID),
  owner_source: col(
    'string',
    'agent',
    '',
    'How the process is known: connect, listener, first-io or walk; empty where it is not',
  ),
  owner_uncertain: col(
    'bool',
    'agent',
    '',
    '1 where several processes hold the listener or the socket, or it has just changed hands',
  ),
  cgroup_id: col('u64', 'agent', '', 'cgroup v2 id of that process', ID),
  container_id: col('string', 'agent', '', 'Container of that process'),
  container_name: col('string', 'agent', '', 'Name of that container, as its runtime tells it'),
  container_image: col('string', 'agent', '', 'Image of that container'),
  process_start: col('time', 'agent', 'ms', 'When that process was started; 1970 where unknown', TIME),
  unit: col('string', 'agent', '', 'systemd unit of that process'),
  local_zone: col('string', 'batch', '', 'Zone of the observing node'),
  local_region: col('string', 'batch', '', 'Region of the observing node'),
  local_namespace: col('string', 'agent', '', 'Namespace of the workload at the observed end'),
  local_service: col('string', 'agent', '', 'Service at the observed end; where the agent knows none, its address'),
  service_source: col(
    'string',
    'agent',
    '',
    'How that service is known: otel (OTEL_SERVICE_NAME), unit, container, process; empty where it is not',
  ),
  remote_namespace: col('string', 'ingest', '', 'Namespace of the workload at the other end'),
  remote_service: col('string', 'ingest', '', 'Service at the other end, else its address'),
  remote_process: col('string', 'ingest', '', 'Process at the other end; empty where unknown'),
  remote_node: col('string', 'ingest', '', 'Node of the other end; empty where unknown'),
  remote_cluster: col('string', 'ingest', '', 'Cluster of the other end; empty where unknown'),
  remote_container: col('string', 'ingest', '', 'Name of the container at the other end; empty where unknown'),
  remote_zone: col('string', 'ingest', '', 'Zone of the other end; empty where unknown'),
  remote_region: col('string', 'ingest', '', 'Region of the other end; empty where unknown'),
  remote_class: col(
    'string',
    'ingest',
    '',
    'Class of the other address: loopback, private, internet, multicast, unspecified, or as the table of address ranges says (nat, service, ...)',
  ),
  path_class: col(
    'string',
    'ingest',
    '',
    'Where the bytes go: loopback, same-node, same-zone, cross-zone, cross-region, internet or unknown',
  ),
  nat_gateway: col(
    'string',
    'ingest',
    '',
    'NAT gateway between the ends, by the table of address ranges; empty for none',
  ),
} as const

export type FlowColumns = typeof flowColumns
export type FlowColumnName = keyof FlowColumns

type NamesOf<O extends ColumnOrigin> = {
  [N in FlowColumnName]: FlowColumns[N]['origin'] extends O ? N : never
}[FlowColumnName]

export type AgentColumnName = NamesOf<'agent'>
export type BatchColumnName = NamesOf<'batch'>
export type IngestColumnName = NamesOf<'ingest'>

/** Columns of the given names, each an array of the same number of rows. */
export type ColumnsOf<N extends FlowColumnName> = { [P in N]: ColumnArrays[FlowColumns[P]['kind']] }
export type AgentColumns = ColumnsOf<AgentColumnName>
export type AllColumns = ColumnsOf<FlowColumnName>

const names = Object.keys(flowColumns) as FlowColumnName[]
export const flowColumnNames: readonly FlowColumnName[] = names
export const agentColumnNames = names.filter((n) => flowColumns[n].origin === 'agent') as AgentColumnName[]
export const ingestColumnNames = names.filter((n) => flowColumns[n].origin === 'ingest') as IngestColumnName[]
