import type { Component, DemoFault, Logger } from '@headwater/contracts'
import type { NameTruth } from './dns/messages.js'
import type { PairTruth, TruthBy } from './truth/truth.js'

export interface LabOptions {
  logger: Logger
  /** Page requests a second that visitors ask of the frontend. Default 5. */
  pagesPerSecond?: number
  /** Start without traffic: `resume` begins it. Default false. */
  holdTraffic?: boolean
  /** Offloads of all interfaces off, so that their counters are of what is on the wire. Needs ethtool. Default false. */
  exactCounters?: boolean
  /** Keeps a second lab from starting. Default /run/headwater-lab.lock. */
  lockPath?: string
}

/** A node of the lab, for an agent of its own. */
export interface LabNode {
  cluster: string
  node: string
  zone: string
  region: string
  realm: string
  /** Paths of the node's network namespaces, its own first: /proc/PID/ns/net. */
  namespaces: string[]
}

/**
 * Real small services in network namespaces of this machine, as three clusters of two nodes. `start` resolves when all serve and the
 * traffic runs (unless it is held), and rejects with a UserError where it cannot work here. `stop` ends within 5 s. What a killed process leaves, the kernel removes.
 */
export interface Lab extends Component {
  /** Without namespaces before start. */
  readonly nodes: LabNode[]
  /** Processes of the lab: those that hold namespaces, services, DNS server. */
  readonly pids: number[]
  /** YAML file for the configuration key `cidrs`. */
  readonly cidrs: string
  readonly traffic: { running: boolean; requests_per_second: number }
  /** Tells early what start would. @throws UserError where the lab cannot work here */
  check(): void
  faults(): DemoFault[]
  /** Resolves when it is so. @throws UserError `fault` for one that there is not */
  setFault(id: string, on: boolean): Promise<DemoFault[]>
  /** What the services counted since their start. Both ends agree when the lab is drained. */
  truth(by?: TruthBy): Promise<PairTruth[]>
  /** What the DNS server answered since its start, by the address that asked, name, type and code. */
  names(): Promise<NameTruth[]>
  /** No new requests from here on; those under way go on. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Pauses, and waits until nothing is under way and all connections but those of pools are closed. */
  drain(): Promise<void>
  /** Runs a program in one of the lab's namespaces: a node's, a pod's (by its instance), `gw-CLUSTER` or `core`. @returns what it printed */
  inspect(namespace: string, program: string, args: readonly string[]): Promise<string>
}
