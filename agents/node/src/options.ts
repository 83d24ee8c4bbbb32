import type { AgentBudget, AgentCost, BusProducer, Capability, Component, Logger } from '@headwater/contracts'
import type { Probe, Profile } from '@headwater/native'
import type { DnsNames } from './dns/privacy.js'
import type { ExcludeOptions } from './exclude/exclusion.js'
import type { NodeIdentity } from './identity/node-identity.js'

export interface AgentOptions {
  identity: NodeIdentity
  /** Of the product. */
  version: string
  /** The set of programs that are loaded: `tcp`, `standard` or `full`. */
  profile: Profile
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
  /** Unix socket of the Docker engine of this machine, which tells the names of containers; '' for none. Default /var/run/docker.sock. */
  dockerSocket?: string
  /** Traffic that makes no rows; what is left out is counted. `createAgent` throws RangeError for what is none. Default: nothing. */
  exclude?: ExcludeOptions
  /** What becomes of the names in DNS questions. Default keep. */
  dnsNames?: DnsNames
  /**
   * Share of one core that the agent may take: above it it walks less often, then does without some programs, and says so. Default 0: any.
   */
  cpuBudget?: number
  /** Time over which that is judged, in ms. Default 30000. */
  cpuWindowMs?: number
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
  /** What else was lost, by name, as of the last batch or report. */
  losses: Record<string, number>
  /** Left out by the configuration. */
  excluded: { rows: number; bytes: number }
  waiting: { parcels: number; rows: number; bytes: number }
  connections: number
  listeners: number
  capabilities: Capability[]
  /** What it takes; of the probe as the last report told. */
  cost: AgentCost
  budget: AgentBudget
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
