import { type BusMessage, type EndpointInput, endpointKey, type NodeReportInput, topics } from '@headwater/contracts'
import type { FleetPlan, PlannedNode, Workload } from './plan.js'

const encoder = new TextEncoder()
const dotted = (address: Uint8Array) => address.subarray(12).join('.')

/** For each service its address and where it listens. */
export function endpointMessages({ cluster, region, nodes }: FleetPlan, since: number): BusMessage[] {
  const message = (endpoint: EndpointInput): BusMessage => ({
    topic: topics.endpoints,
    key: endpointKey(endpoint),
    value: encoder.encode(JSON.stringify(endpoint)),
  })
  return nodes.flatMap(({ name, instance, zone, workloads }) =>
    workloads.flatMap((w: Workload) => {
      const { service, namespace, containerId, address, port, pid, netns } = w
      const held = { realm: cluster, cluster, node: name, instance, netns, address: dotted(address), zone, region }
      const who = { pid, process: service, service, service_source: 'container', namespace }
      const container = { container_id: containerId, container_name: `${service}-0` }
      return [
        message({ kind: 'node-address', port: 0, valid_from: since, ...held }),
        message({ kind: 'listener', port, valid_from: since, ...held, ...who, ...container }),
      ]
    }),
  )
}

interface Beat {
  time: number
  started: number
  stopping: boolean
  produced: { rows: number; batches: number }
}

/** How often an agent reports, in ms. */
export const HEARTBEAT_MS = 5000

/** Report of an agent that is none: it says so by its version and its kernel. */
export function heartbeat({ cluster, region }: FleetPlan, node: PlannedNode, beat: Beat): BusMessage {
  const report: NodeReportInput = {
    instance: node.instance,
    cluster,
    node: node.name,
    realm: cluster,
    zone: node.zone,
    region,
    interval_ms: HEARTBEAT_MS,
    version: 'simulated',
    kernel: 'simulated',
    arch: 'simulated',
    cost: { cpu_user_us: 0, cpu_system_us: 0, rss_bytes: 0 },
    capabilities: [],
    ...beat,
  }
  return { topic: topics.nodes, key: node.instance, value: encoder.encode(JSON.stringify(report)) }
}
