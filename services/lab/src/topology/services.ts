import type { Zone } from '../dns/zone.js'
import type { Pod } from '../net/plan.js'
import type { CallSpec, LoadSpec, ServeSpec } from '../service/spec.js'
import { clusterOf, DNS_ADDRESS, type NodePlan, nodeAddress, nodePlans, outside, podAddress } from './places.js'

/** A process of the lab: a service, or one of its replicas. */
export interface Instance {
  name: string
  /** What OTEL_SERVICE_NAME says. */
  service: string
  /** Where its network namespace is: a pod of its own, the node's, or a host outside of all clusters. */
  namespace: string
  node: NodePlan | null
  address: string
  serve: ServeSpec | null
  calls: CallSpec[]
  load: LoadSpec | null
}

type Traffic = Partial<Pick<Instance, 'serve' | 'calls' | 'load'>>

const http = (port: number, answerBytes: number): ServeSpec => ({ protocol: 'http', port, answerBytes })

const call = (server: string, host: string, port: number, more: Partial<CallSpec> = {}): CallSpec => ({
  server,
  host,
  port,
  protocol: 'http',
  each: 1,
  requestBytes: 300,
  on: true,
  ...more,
})

const nodeOf = (name: string): NodePlan => {
  const found = nodePlans.find((n) => n.name === name)
  if (found === undefined) throw new Error(`the lab has no node ${name}`)
  return found
}

const podsOf = new Map<NodePlan, number>()
const pod = (nodeName: string, name: string, service: string, traffic: Traffic): Instance => {
  const node = nodeOf(nodeName)
  const index = podsOf.get(node) ?? 0
  podsOf.set(node, index + 1)
  const address = podAddress(node, index)
  return { name, service, namespace: name, node, address, serve: null, calls: [], load: null, ...traffic }
}
/** In the node's own namespace: it shares the node's address. */
const onNode = (nodeName: string, name: string, service: string, traffic: Traffic): Instance => {
  const node = nodeOf(nodeName)
  return {
    ...{ name, service, namespace: node.name, node, address: nodeAddress(node) },
    ...{ serve: null, calls: [], load: null, ...traffic },
  }
}
const host = (name: keyof typeof outside, traffic: Traffic): Instance => ({
  ...{ name, service: name, namespace: name, node: null, address: outside[name].address },
  ...{ serve: null, calls: [], load: null, ...traffic },
})

export const PROVIDER_NAME = 'api.payment-provider.example'
export const hostOf = (service: string, cluster: string): string => `${service}.${cluster}.lab`
export const CATALOGUE_ANYWHERE = hostOf('catalogue', 'shop')
export const catalogueIn = (zone: string): string => `catalogue.${zone}.shop.lab`

export const DATABASE_PORT = 5432
const toDatabase = (more: Partial<CallSpec> = {}) => call('database', hostOf('database', 'data'), DATABASE_PORT, more)
const catalogue = (): Traffic => ({
  serve: http(8080, 24_000),
  calls: [toDatabase(), call('search', hostOf('search', 'data'), 9200, { each: 0.5, requestBytes: 120 })],
})

/** Page requests a second that are asked of the frontend, where nothing else is said. */
export const PAGES_PER_SECOND = 5

/** All processes of the lab, without its DNS server. */
export function instances(pagesPerSecond: number): Instance[] {
  podsOf.clear()
  return [
    host('visitors', {
      calls: [call('frontend', hostOf('frontend', 'shop'), 8080, { requestBytes: 0 })],
      load: { everyMs: 1_000 / pagesPerSecond, rounds: 1 },
    }),
    host('provider', { serve: http(443, 900) }),
    pod('shop-1', 'frontend', 'frontend', {
      serve: http(8080, 30_000),
      calls: [
        call('catalogue', catalogueIn('eu-1a'), 8080, { requestBytes: 0 }),
        call('cart', hostOf('cart', 'shop'), 8080),
        call('checkout', hostOf('checkout', 'shop'), 8080, { each: 0.6, requestBytes: 1_200 }),
        toDatabase({ each: 0.6, on: false }),
      ],
    }),
    pod('shop-1', 'cart', 'cart', {
      serve: http(8080, 1_500),
      calls: [call('cache', hostOf('cache', 'shop'), 6379, { protocol: 'cache', each: 3, requestBytes: 24 })],
    }),
    pod('shop-1', 'catalogue-1', 'catalogue', catalogue()),
    pod('shop-2', 'cache', 'cache', { serve: { protocol: 'cache', port: 6379, answerBytes: 700 } }),
    pod('shop-2', 'catalogue-2', 'catalogue', catalogue()),
    pod('shop-2', 'checkout', 'checkout', {
      serve: http(8080, 800),
      calls: [call('cart', hostOf('cart', 'shop'), 8080), call('payments', hostOf('payments', 'pay'), 8080)],
    }),
    pod('pay-1', 'payments', 'payments', {
      serve: http(8080, 600),
      calls: [call('provider', PROVIDER_NAME, 443, { requestBytes: 700 }), toDatabase({ requestBytes: 900 })],
    }),
    onNode('pay-2', 'ledger', 'ledger', {
      calls: [toDatabase(), call('catalogue', CATALOGUE_ANYWHERE, 8080, { requestBytes: 0 })],
      load: { everyMs: 3_000, rounds: 8 },
    }),
    onNode('data-1', 'database', 'database', { serve: http(DATABASE_PORT, 32_000) }),
    onNode('data-1', 'search', 'search', { serve: http(9200, 4_000) }),
    onNode('data-2', 'replica', 'database-replica', {
      calls: [toDatabase({ requestBytes: 0 })],
      load: { everyMs: 400, rounds: 1 },
    }),
  ]
}

export const podsAmong = (all: readonly Instance[]): Pod[] =>
  all.flatMap(({ namespace, node, address }) =>
    node === null || namespace === node.name ? [] : [{ namespace, node, address }],
  )

/** Names of the lab's DNS server: SERVICE.CLUSTER.lab has all replicas, SERVICE.ZONE.CLUSTER.lab those of a zone. */
export function zoneOf(all: readonly Instance[]): Zone {
  const names: Record<string, string[]> = { [PROVIDER_NAME]: [outside.provider.address] }
  const add = (name: string, address: string) => {
    names[name] = [...(names[name] ?? []), address]
  }
  for (const { service, node, address, serve } of all) {
    if (node === null || serve === null) continue
    add(hostOf(service, clusterOf(node.cluster).name), address)
    add(`${service}.${node.zone}.${node.cluster}.lab`, address)
  }
  return names
}

export { DNS_ADDRESS }
