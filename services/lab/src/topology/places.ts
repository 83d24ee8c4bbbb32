/** Address space of the whole lab: its clusters reach each other by address. */
export const REALM = 'lab'

export interface ClusterPlan {
  name: string
  /** Second byte of its addresses: 10.N.0.0/16. Its gateway's uplink is 100.64.0.N. */
  number: number
  region: string
}

export interface NodePlan {
  name: string
  cluster: string
  zone: string
  /** Third byte of its pods' addresses: 10.N.number.0/24. The node itself is 10.N.0.(10 + number). */
  number: number
}

export const clusters: readonly ClusterPlan[] = [
  { name: 'shop', number: 1, region: 'eu-1' },
  { name: 'pay', number: 2, region: 'eu-1' },
  { name: 'data', number: 3, region: 'us-1' },
]

export const nodePlans: readonly NodePlan[] = [
  { name: 'shop-1', cluster: 'shop', zone: 'eu-1a', number: 1 },
  { name: 'shop-2', cluster: 'shop', zone: 'eu-1b', number: 2 },
  { name: 'pay-1', cluster: 'pay', zone: 'eu-1a', number: 1 },
  { name: 'pay-2', cluster: 'pay', zone: 'eu-1b', number: 2 },
  { name: 'data-1', cluster: 'data', zone: 'us-1a', number: 1 },
  { name: 'data-2', cluster: 'data', zone: 'us-1a', number: 2 },
]

/** Hosts outside of all clusters: behind the core, and without an agent. */
export const outside = {
  provider: { address: '203.0.113.10', router: '203.0.113.1' },
  visitors: { address: '198.51.100.7', router: '198.51.100.1' },
} as const

export const CORE_ADDRESS = '100.64.0.254'
/** Where the lab's DNS server answers, in the core. */
export const DNS_ADDRESS = '100.64.0.53'
/** What `files/cidrs.yaml` calls it. */
export const DNS_SERVICE = 'resolver'

export const clusterOf = (name: string): ClusterPlan => {
  const found = clusters.find((c) => c.name === name)
  if (found === undefined) throw new Error(`the lab has no cluster ${name}`)
  return found
}

export const gatewayNamespace = (cluster: string): string => `gw-${cluster}`
export const natAddress = (cluster: ClusterPlan): string => `100.64.0.${cluster.number}`
export const clusterCidr = (cluster: ClusterPlan): string => `10.${cluster.number}.0.0/16`
export const gatewayAddress = (cluster: ClusterPlan): string => `10.${cluster.number}.0.1`
export const nodeAddress = (node: NodePlan): string => `10.${clusterOf(node.cluster).number}.0.${10 + node.number}`
export const podCidr = (node: NodePlan): string => `10.${clusterOf(node.cluster).number}.${node.number}.0/24`
export const podRouter = (node: NodePlan): string => `10.${clusterOf(node.cluster).number}.${node.number}.1`
/** @param index from 0 */
export const podAddress = (node: NodePlan, index: number): string =>
  `10.${clusterOf(node.cluster).number}.${node.number}.${10 + index}`
