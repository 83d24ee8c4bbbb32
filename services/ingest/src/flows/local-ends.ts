import type { DecodedBatch } from '@headwater/contracts'
import type { CidrTable } from '../cidrs/table.js'
import { roleOf } from '../coverage/counted.js'
import type { Leases } from '../coverage/leases.js'
import type { Callers } from '../identity/callers.js'
import type { Connections, End, Role } from '../identity/connections.js'
import { type EndpointTable, nobody } from '../identity/endpoint-table.js'
import type { Address, Addresses } from './addresses.js'

export interface Identity {
  endpoints: EndpointTable
  leases: Leases
  connections: Connections
  callers: Callers
  cidrs: CidrTable
}

/** The part that the observed end of each row plays. */
export function rolesOf({ columns, rows }: DecodedBatch): Uint8Array {
  const { side, local_ip, local_port, remote_ip, remote_port } = columns
  const roles = new Uint8Array(rows)
  for (let row = 0; row < rows; row++) {
    const at = row * 16
    const text = side.values[side.indices[row] as number] as string
    roles[row] = roleOf(text, local_ip, at, local_port[row] as number, remote_ip, at, remote_port[row] as number)
  }
  return roles
}

/** The latest time of the batch, in Unix ms. */
export function latestTime(time: BigInt64Array): number {
  let latest = time[0] as bigint
  for (const t of time) if (t > latest) latest = t
  return Number(latest)
}

/**
 * Learns from a batch what it says about its own node, before any of its rows is joined: the agent was live, these addresses are
 * watched by it, these are the ends of these connections. So two ends in one batch find each other whatever their order.
 */
export function learn(batch: DecodedBatch, roles: Uint8Array, addresses: Addresses, identity: Identity): void {
  const { meta, columns, rows } = batch
  if (rows === 0) return
  const { endpoints, leases } = identity
  const { time, local_ip, netns } = columns
  const { instance, node, cluster, realm, zone, region } = meta
  leases.hear(instance, latestTime(time))
  const since = leases.since(instance) ?? 0
  const seen = new Set<Address>()
  for (let row = 0; row < rows; row++) {
    const local = addresses.of(local_ip, row * 16)
    if (seen.has(local)) continue
    seen.add(local)
    if (local.kind !== 'private' && local.kind !== 'internet') continue
    const holder = { ...nobody, instance, node, cluster, netns: netns[row] as number, zone, region }
    endpoints.observe(realm, local.key, holder, since, Number(time[row]))
  }
  learnConnections(batch, roles, addresses, identity)
}

/**
 * An end that sees an address translation instead of the other end tells nothing of itself: across it the two stay two edges,
 * whichever comes first.
 */
function learnConnections(
  { meta, columns, rows }: DecodedBatch,
  roles: Uint8Array,
  addresses: Addresses,
  { connections, callers }: Identity,
): void {
  const { local_ip, remote_ip, remote_port, netns, connection_id, connects, time } = columns
  const { instance, node, cluster, zone, region } = meta
  const text = (name: 'process' | 'local_service' | 'local_namespace' | 'container_name', row: number) => {
    const { indices, values } = columns[name]
    return values[indices[row] as number] as string
  }
  for (let row = 0; row < rows; row++) {
    const id = connection_id[row] as bigint
    const remote = addresses.of(remote_ip, row * 16)
    if (id === 0n || remote.isNat) continue
    const process = text('process', row)
    const service = text('local_service', row)
    // Of an end without a name its address says more: who listens there.
    if (process === '' && service === '') continue
    const end: End = {
      process,
      service: service === '' ? process : service,
      namespace: text('local_namespace', row),
      container: text('container_name', row),
      netns: netns[row] as number,
      node,
      cluster,
      zone,
      region,
    }
    connections.see(id, roles[row] as Role, end)
    if (roles[row] !== 0 || connects[row] === 0) continue
    const client = addresses.of(local_ip, row * 16).key
    const call = { netns: end.netns, client, server: remote.key, port: remote_port[row] as number }
    callers.see(instance, call, end, Number(time[row]))
  }
}
