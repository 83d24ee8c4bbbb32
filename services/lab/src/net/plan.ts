import {
  CORE_ADDRESS,
  clusterCidr,
  clusterOf,
  clusters,
  DNS_ADDRESS,
  gatewayAddress,
  gatewayNamespace,
  type NodePlan,
  natAddress,
  nodeAddress,
  nodePlans,
  outside,
  podCidr,
  podRouter,
} from '../topology/places.js'

export interface Pod {
  namespace: string
  node: NodePlan
  address: string
}

/** What happens within one namespace. Veth pairs are made by the namespace nearer to the core, whose other end goes into `peer`. */
export interface NamespacePlan {
  name: string
  routes: boolean
  /** Names of bridges. */
  bridges: string[]
  /** Own end (a port of `bridge`, or with an address), and the other one, which is called `up0` there. */
  links: { name: string; bridge?: string; address?: string; peer: string }[]
  addresses: { device: string; address: string }[]
  gateways: { to: string; via: string }[]
  /** Rules for `iptables-restore`. */
  nat: string[]
}

const empty = (name: string): NamespacePlan => ({
  name,
  routes: false,
  bridges: [],
  links: [],
  addresses: [],
  gateways: [],
  nat: [],
})

const core = (): NamespacePlan => ({
  ...empty('core'),
  routes: true,
  bridges: ['wan'],
  links: [
    ...clusters.map(({ name }) => ({ name, bridge: 'wan', peer: gatewayNamespace(name) })),
    { name: 'provider', address: `${outside.provider.router}/24`, peer: 'provider' },
    { name: 'visitors', address: `${outside.visitors.router}/24`, peer: 'visitors' },
  ],
  addresses: [CORE_ADDRESS, DNS_ADDRESS].map((address) => ({ device: 'wan', address: `${address}/24` })),
  gateways: clusters.map((cluster) => ({ to: clusterCidr(cluster), via: natAddress(cluster) })),
})

const gateways = (): NamespacePlan[] =>
  clusters.map((cluster) => {
    const nodes = nodePlans.filter((node) => node.cluster === cluster.name)
    return {
      ...empty(gatewayNamespace(cluster.name)),
      routes: true,
      bridges: ['lan'],
      links: nodes.map(({ name }) => ({ name, bridge: 'lan', peer: name })),
      addresses: [
        { device: 'up0', address: `${natAddress(cluster)}/24` },
        { device: 'lan', address: `${gatewayAddress(cluster)}/24` },
      ],
      gateways: [
        { to: 'default', via: CORE_ADDRESS },
        ...nodes.map((node) => ({ to: podCidr(node), via: nodeAddress(node) })),
      ],
      nat: [`-A POSTROUTING -s ${clusterCidr(cluster)} ! -d ${clusterCidr(cluster)} -o up0 -j MASQUERADE`],
    }
  })

const nodes = (pods: readonly Pod[]): NamespacePlan[] =>
  nodePlans.map((node) => {
    const siblings = nodePlans.filter((other) => other.cluster === node.cluster && other !== node)
    return {
      ...empty(node.name),
      routes: true,
      bridges: ['pods'],
      links: pods.filter((p) => p.node === node).map((p) => ({ name: p.namespace, bridge: 'pods', peer: p.namespace })),
      addresses: [
        { device: 'up0', address: `${nodeAddress(node)}/24` },
        { device: 'pods', address: `${podRouter(node)}/24` },
      ],
      gateways: [
        { to: 'default', via: gatewayAddress(clusterOf(node.cluster)) },
        ...siblings.map((other) => ({ to: podCidr(other), via: nodeAddress(other) })),
      ],
    }
  })

const leaf = (name: string, address: string, router: string): NamespacePlan => ({
  ...empty(name),
  addresses: [{ device: 'up0', address: `${address}/24` }],
  gateways: [{ to: 'default', via: router }],
})

/** Every namespace of the lab. */
export const networkPlan = (pods: readonly Pod[]): NamespacePlan[] => [
  core(),
  ...gateways(),
  ...nodes(pods),
  ...pods.map((pod) => leaf(pod.namespace, pod.address, podRouter(pod.node))),
  leaf('provider', outside.provider.address, outside.provider.router),
  leaf('visitors', outside.visitors.address, outside.visitors.router),
]
