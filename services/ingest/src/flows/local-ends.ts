import type { DecodedBatch } from '@headwater/contracts'
import { type AddressKey, addressKey, formatAddress } from '../address/address.js'
import { classOf } from '../address/class.js'
import { roleOf } from '../coverage/counted.js'
import type { Leases } from '../coverage/leases.js'
import type { Connections, Role } from '../identity/connections.js'
import type { EndpointTable } from '../identity/endpoint-table.js'

export interface Identity {
  endpoints: EndpointTable
  leases: Leases
  connections: Connections
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
export function learn({ meta, columns, rows }: DecodedBatch, roles: Uint8Array, identity: Identity): void {
  if (rows === 0) return
  const { endpoints, leases, connections } = identity
  const { time, local_ip, netns, connection_id, process } = columns
  const { instance, node, cluster, realm } = meta
  leases.hear(instance, latestTime(time))
  const since = leases.since(instance) ?? 0
  const seen = new Set<AddressKey>()
  for (let row = 0; row < rows; row++) {
    const at = row * 16
    const key = addressKey(local_ip, at)
    if (!seen.has(key)) {
      seen.add(key)
      const kind = classOf(local_ip, at)
      if (kind === 'private' || kind === 'internet')
        endpoints.observe(
          realm,
          key,
          { instance, node, cluster, netns: netns[row] as number },
          since,
          Number(time[row]),
        )
    }
    const id = connection_id[row] as bigint
    if (id === 0n) continue
    const name = process.values[process.indices[row] as number] as string
    const service = name === '' ? formatAddress(local_ip, at) : name
    connections.see(id, roles[row] as Role, { process: name, service, namespace: '', node, cluster })
  }
}
