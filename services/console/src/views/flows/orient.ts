import type { Flow } from '@headwater/contracts'
import { endpoint } from '../../format/address.js'

export interface FlowEnd {
  name: string
  address: string
}

export interface OrientedFlow {
  client: FlowEnd
  server: FlowEnd
  /** Bytes from client to server, and back. */
  forward: number
  back: number
  /** Neither end is known to have connected: `client` is only the observed one. */
  peers: boolean
}

/** A row of flows is told by the end that saw it; shown is client to server. */
export function orient(f: Flow): OrientedFlow {
  const local = { name: f.process || f.local_service, address: endpoint(f.local_ip, f.local_port) }
  const remote = { name: f.remote_process || f.remote_service, address: endpoint(f.remote_ip, f.remote_port) }
  if (f.side === 'server') return { client: remote, server: local, forward: f.rx_bytes, back: f.tx_bytes, peers: false }
  return { client: local, server: remote, forward: f.tx_bytes, back: f.rx_bytes, peers: f.side !== 'client' }
}

export interface FlowState {
  text: string
  tone: 'bad' | 'ok' | 'quiet'
}

/** What became of the connection in this row's interval. */
export function stateOf(f: Flow): FlowState {
  if (f.failures > 0) return { text: f.failure_reason || 'failed', tone: 'bad' }
  if (f.closes > 0)
    return f.resets_tx + f.resets_rx > 0 ? { text: 'reset', tone: 'bad' } : { text: 'closed', tone: 'quiet' }
  return f.open > 0 ? { text: 'open', tone: 'ok' } : { text: 'ended', tone: 'quiet' }
}
