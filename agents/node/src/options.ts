import type { BusProducer, Capability, Component, Logger } from '@headwater/contracts'
import type { Probe } from '@headwater/native'
import type { NodeIdentity } from './identity/node-identity.js'

export interface AgentOptions {
  identity: NodeIdentity
  /** Of the product. */
  version: string
  /** Name of the set of programs that are loaded. */
  profile: string
  /** Time between two walks over the live connections, in ms. Default 5000. */
  intervalMs?: number
  /** Age at which rows go to the bus, in ms. Default 500. */
  flushMs?: number
  /** Time between two node reports, in ms. Default 10000. */
  reportMs?: number
  /** Messages that wait for the bus, in bytes: above it the oldest go, counted. Default 64 MiB. */
  queueBytes?: number
  /** Live connections whose state is kept; a power of two. Others show at their close. Default 262144. */
  maxConnections?: number
  /**
   * The network namespaces that are this node, as absolute paths such as /run/netns/NAME; sockets and addresses of others are not told
   * of, the agent's own namespace among them. `start` rejects where one cannot be opened. Default: all of the machine.
   */
  namespaces?: readonly string[]
  /** Started and stopped by the agent. */
  producer: BusProducer
  /** Headwater's own processes: asked at each turn of the loop, so it answers from memory. */
  selfPids: () => ReadonlySet<number>
  logger: Logger
  /** Default: `createProbe` of @headwater/native, limited to `namespaces`. */
  probe?: Probe
}

export interface AgentStatus {
  state: 'stopped' | 'running' | 'failed'
  instance: string
  /** The bus took the last message. */
  connected: boolean
  produced: { rows: number; batches: number }
  dropped: Record<string, number>
  waiting: { parcels: number; rows: number; bytes: number }
  connections: number
  listeners: number
  capabilities: Capability[]
}

/**
 * The node agent. `start` rejects with the probe's error where a required program does not load; a bus that is away is no error.
 * `stop` ends within 4 s.
 */
export interface Agent extends Component {
  /** A new one at each start of an agent: names its batches on the bus. */
  readonly instance: string
  status(): AgentStatus
  /** Called once, when the agent can do no more for itself: the probe fails at each turn, or the bus refuses it. */
  onFatal: ((error: Error) => void) | undefined
}
