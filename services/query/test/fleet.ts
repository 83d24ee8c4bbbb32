import type { Row } from './rows.js'

/** A process on a node, as its own agent knows it. */
export interface Party {
  cluster: string
  node: string
  address: string
  service: string
  namespace?: string
  process: string
  pid?: number
  zone?: string
  /** False: no agent there; only the other end reports. */
  observed?: boolean
  /** Class of its address, seen from elsewhere. */
  class?: string
}

export interface Connection {
  client: Party
  server: Party
  port: number
  /** Unix ms */
  start: number
  /** Unix ms; absent: still open at the last row. */
  end?: number
  /** Times of rows between start and end, Unix ms. */
  walks?: number[]
  /** Payload in all, spread over the rows: exact in the sum. */
  sent?: number
  received?: number
  failure?: string
  retransmits?: { client?: number; server?: number }
  resets?: number
  connectUs?: number
  srttUs?: number
  self?: boolean
  /** Ingest knew both ends: the server's rows name their client as well. */
  named?: boolean
}

let serial = 0

const part = (total: number, i: number, n: number): number =>
  Math.floor((total * (i + 1)) / n) - Math.floor((total * i) / n)

/** Rows of one end. The server's do not know the client's service or process, as a real agent cannot, but where ingest named it. */
function endRows(c: Connection, side: 'client' | 'server', id: number, clientPort: number): Row[] {
  const [own, other] = side === 'client' ? [c.client, c.server] : [c.server, c.client]
  const established = c.failure === undefined
  const known = other.observed !== false && (side === 'client' || c.named === true)
  const times = [...(c.walks ?? []), ...(c.end === undefined ? [] : [c.end])]
  if (times.length === 0) times.push(c.start)
  const [tx, rx] = side === 'client' ? [c.sent ?? 0, c.received ?? 0] : [c.received ?? 0, c.sent ?? 0]
  return times.map((time, i): Row => {
    const last = i === times.length - 1
    const closed = last && c.end !== undefined
    const share = (total: number) => part(total, i, times.length)
    return {
      time,
      start: c.start,
      cluster: own.cluster,
      node: own.node,
      realm: own.cluster,
      instance: `agent-${own.node}`,
      sequence: 1,
      cookie: id * 2 + (side === 'client' ? 0 : 1),
      connection_id: established ? id : 0,
      side,
      side_source: 'socket',
      counted: side === 'client' || c.client.observed === false ? 1 : 0,
      self: c.self ? 1 : 0,
      open: established && !closed ? 1 : 0,
      transport: 'tcp',
      local_ip: own.address,
      local_port: side === 'client' ? clientPort : c.port,
      remote_ip: other.address,
      remote_port: side === 'client' ? c.port : clientPort,
      tx_bytes: share(tx),
      rx_bytes: share(rx),
      tx_packets: share(Math.ceil(tx / 1000)),
      rx_packets: share(Math.ceil(rx / 1000)),
      tx_wire_bytes: share(tx + 40),
      rx_wire_bytes: share(rx + 40),
      connects: side === 'client' && established && i === 0 ? 1 : 0,
      accepts: side === 'server' && established && i === 0 ? 1 : 0,
      closes: closed && established ? 1 : 0,
      failures: established ? 0 : 1,
      failure_reason: c.failure ?? '',
      connect_us: side === 'client' && established ? (c.connectUs ?? 0) : 0,
      srtt_us: c.srttUs ?? 0,
      min_rtt_us: c.srttUs ?? 0,
      retransmits: share(c.retransmits?.[side] ?? 0),
      resets_rx: side === 'client' && last ? (c.resets ?? 0) : 0,
      resets_tx: side === 'server' && last ? (c.resets ?? 0) : 0,
      pid: own.pid ?? 100,
      process: own.process,
      owner_source: side === 'client' ? 'connect' : 'listener',
      local_zone: own.zone ?? '',
      local_namespace: own.namespace ?? '',
      local_service: own.service,
      remote_namespace: known ? (other.namespace ?? '') : '',
      remote_service: known ? other.service : other.address,
      ...(known && c.named ? { remote_process: other.process, remote_node: other.node } : {}),
      remote_cluster: other.observed === false ? '' : other.cluster,
      remote_class: other.class ?? 'private',
    }
  })
}

/** Rows of both ends of a connection, as far as they are observed. */
export function connectionRows(c: Connection): Row[] {
  const id = ++serial
  const clientPort = 20_000 + (id % 40_000)
  return [
    ...(c.client.observed === false ? [] : endRows(c, 'client', id, clientPort)),
    ...(c.server.observed === false || c.failure !== undefined ? [] : endRows(c, 'server', id, clientPort)),
  ]
}
