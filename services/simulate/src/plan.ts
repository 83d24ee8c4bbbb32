import { mix, Numbers } from './numbers.js'

export interface FleetOptions {
  /** Nodes, each with an agent. Default 10. */
  nodes?: number
  /** Services, spread over the nodes, one process each. Default 20 a node, at most 2,000. */
  workloads?: number
  /** The same fleet and traffic for the same number. Default 1. */
  seed?: number
  /** Name of its cluster and realm. Default `simulated`: whoever sees its traffic sees what it is. */
  cluster?: string
  zones?: number
  /** Sets the instances of one run apart from those of another. Default: by the seed alone. */
  run?: string
}

/** One service: a process in a container of its own, with an address of its own. */
export interface Workload {
  node: number
  /** Index of its name in the dictionaries of its node. */
  index: number
  service: string
  namespace: string
  containerId: string
  address: Uint8Array
  port: number
  pid: number
  netns: number
}

export interface PlannedNode {
  name: string
  instance: string
  zone: string
  workloads: Workload[]
}

/** Who calls whom. */
export interface Edge {
  client: Workload
  server: Workload
  /** Of its calls, how many in 16 go over a connection that is kept. */
  kept: number
}

export interface FleetPlan {
  cluster: string
  region: string
  nodes: PlannedNode[]
  edges: Edge[]
}

const CALLED_BY_EACH = 4
const NAMESPACES = 24

/** 10.x.y.z as ::ffff:10.x.y.z: one address for each workload. */
function addressOf(workload: number): Uint8Array {
  const bytes = new Uint8Array(16)
  bytes.set([255, 255, 10, (workload >> 16) & 255, (workload >> 8) & 255, workload & 255], 10)
  return bytes
}

/** A fleet whose services each call some others, a few of which everybody calls. */
export function planFleet(options: FleetOptions = {}): FleetPlan {
  const { nodes = 10, seed = 1, cluster = 'simulated', zones = 3, run = String(seed) } = options
  const { workloads = Math.min(2000, nodes * 20) } = options
  const numbers = new Numbers(seed)
  const planned = Array.from({ length: nodes }, (_, n): PlannedNode => {
    const name = `simulated-${n + 1}`
    return { name, instance: `simulated-${run}-${n + 1}`, zone: `zone-${(n % zones) + 1}`, workloads: [] }
  })
  const all = Array.from({ length: workloads }, (_, w): Workload => {
    const node = planned[w % nodes] as PlannedNode
    const workload = {
      node: w % nodes,
      index: node.workloads.length + 1,
      service: `service-${w + 1}`,
      namespace: `team-${(w % NAMESPACES) + 1}`,
      containerId: Array.from({ length: 8 }, (_, i) =>
        mix(w * 8 + i)
          .toString(16)
          .padStart(8, '0'),
      ).join(''),
      address: addressOf(w + 1),
      port: 8000 + (w % 10),
      pid: 1000 + w * 7,
      netns: 4_026_532_000 + w,
    }
    node.workloads.push(workload)
    return workload
  })
  const edges = all.flatMap((client) =>
    Array.from({ length: CALLED_BY_EACH }, (): Edge => {
      // Squared: the first are called by many.
      const server = all[Math.floor((numbers.below(2 ** 20) / 2 ** 20) ** 2 * workloads)] as Workload
      return { client, server, kept: numbers.below(12) }
    }),
  )
  return { cluster, region: 'simulated', nodes: planned, edges }
}
