import type { NodeReportInput } from '@headwater/contracts'
import type { Row } from './rows.js'

/** A service on a node of its own, as the agents of a fault's two ends tell of it. */
export interface Place {
  cluster: string
  node: string
  service: string
  process: string
  ip: string
  /** False: no agent there. */
  observed?: boolean
}

export const place = (service: string, i: number, more: Partial<Place> = {}): Place => ({
  cluster: 'east',
  node: `node-${i}`,
  service,
  process: service,
  ip: `10.1.0.${i}`,
  ...more,
})

export const NETNS = 4_026_532_000

let serial = 0

/** One end's row of an attempt or connection at a time, with what an agent's RowWriter would write. */
function row(own: Place, other: Place, side: 'client' | 'server', time: number, id: number, more: Row): Row {
  const port = 8080
  return {
    time,
    start: time - 5,
    cluster: own.cluster,
    node: own.node,
    realm: own.cluster,
    instance: `agent-${own.node}`,
    sequence: id,
    netns: NETNS,
    cookie: id * 2 + (side === 'client' ? 0 : 1),
    side,
    side_source: 'socket',
    counted: side === 'client' ? 1 : 0,
    transport: 'tcp',
    local_ip: own.ip,
    local_port: side === 'client' ? 40_000 : port,
    remote_ip: other.ip,
    remote_port: side === 'client' ? port : 40_000,
    process: own.process,
    local_service: own.service,
    remote_service: other.observed === false ? other.ip : other.service,
    remote_process: other.observed === false ? '' : other.process,
    remote_node: other.observed === false ? '' : other.node,
    remote_cluster: other.observed === false ? '' : other.cluster,
    remote_class: other.observed === false ? 'internet' : 'private',
    ...more,
  }
}

export interface Call {
  client: Place
  server: Place
  /** Unix ms: when it ended. */
  time: number
  connectUs?: number
  srttUs?: number
  minRttUs?: number
  retransmits?: number
  /** Of those, for nothing. */
  spurious?: number
  reset?: 'client' | 'server'
}

/** A short connection that was closed, both ends in one row each. */
export function call(c: Call): Row[] {
  const id = ++serial
  const { client, server, time, connectUs = 150, srttUs = 200, minRttUs = 90, retransmits = 0, spurious = 0, reset } = c
  const common = {
    connection_id: id,
    closes: 1,
    srtt_us: srttUs,
    min_rtt_us: minRttUs,
    tx_bytes: 500,
    rx_bytes: 500,
    tx_packets: 6,
    rx_packets: 6,
  }
  const resets = (side: 'client' | 'server') =>
    reset === undefined ? {} : { [reset === side ? 'resets_tx' : 'resets_rx']: 1 }
  const clientRow = {
    ...common,
    connects: 1,
    connect_us: connectUs,
    retransmits,
    spurious_retransmits: spurious,
    ...resets('client'),
  }
  const rows = [row(client, server, 'client', time, id, clientRow)]
  if (server.observed !== false)
    rows.push(row(server, client, 'server', time, id, { ...common, accepts: 1, ...resets('server') }))
  return rows
}

/** An attempt that never was established: the client's row alone. A SYN and what was sent again of it are its segments. */
export function attempt(client: Place, server: Place, time: number, reason: string, lastedMs = 3_000): Row[] {
  const id = ++serial
  const syns = reason === 'timeout' || reason === 'aborted' ? { tx_packets: 2, retransmits: 1 } : { tx_packets: 1 }
  const refused = reason === 'refused' || reason === 'reset' ? { resets_rx: 1, rx_packets: 1 } : {}
  const start = time - (reason === 'refused' ? 1 : lastedMs)
  return [row(client, server, 'client', time, id, { start, failures: 1, failure_reason: reason, ...syns, ...refused })]
}

/** Datagrams of one interval, as the client tells of them: what came back is up to the server. */
export function datagrams(client: Place, server: Place, time: number, answered: boolean): Row[] {
  const sent = { transport: 'udp', tx_packets: 2, tx_bytes: 100, open: 1 }
  const back = answered ? { rx_packets: 2, rx_bytes: 200 } : { icmp_errors: 2 }
  return [row(client, server, 'client', time, ++serial, { ...sent, ...back })]
}

/** What happens each so many ms from one time to another. */
export function every(ms: number, from: number, to: number, make: (time: number, i: number) => Row[]): Row[] {
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / ms)) }, (_, i) => make(from + i * ms, i)).flat()
}

/** A heartbeat with the server's listener. */
export const listening = (server: Place, time: number, backlog: number, drops: number): NodeReportInput => ({
  instance: `agent-${server.node}`,
  cluster: server.cluster,
  node: server.node,
  realm: server.cluster,
  zone: '',
  region: '',
  time,
  started: 1,
  stopping: false,
  interval_ms: 10_000,
  version: '0.1.0',
  kernel: '6.18',
  arch: 'x64',
  profile: 'standard',
  produced: { rows: 0, batches: 0 },
  dropped: {},
  kernel_records: {},
  cost: { cpu_user_us: 500_000, cpu_system_us: 250_000, rss_bytes: 1000 },
  capabilities: [],
  listeners: [
    {
      cookie: '1',
      netns: NETNS,
      address: '0.0.0.0',
      port: 8080,
      pid: 7,
      process: server.process,
      backlog,
      backlog_max: 4,
      handshakes: 0,
      drops,
      overflows: drops,
    },
  ],
})
