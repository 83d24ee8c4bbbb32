import type { DecodedBatch, Memory } from '@headwater/contracts'
import type { CidrTable } from '../cidrs/table.js'
import { wordsOf } from '../columns/words.js'
import { roleOf } from '../coverage/counted.js'
import type { Leases } from '../coverage/leases.js'
import type { Callers } from '../identity/callers.js'
import type { Connections, Role } from '../identity/connections.js'
import { type EndpointTable, nobody } from '../identity/endpoint-table.js'
import type { Address } from './addresses.js'
import { Calls, OwnEnds } from './own-ends.js'

export interface Identity {
  endpoints: EndpointTable
  leases: Leases
  connections: Connections
  callers: Callers
  cidrs: CidrTable
}

/** The addresses at both ends of each row. */
export interface Ends {
  local: readonly Address[]
  remote: readonly Address[]
}

/** The part that the observed end of each row plays. */
export function rolesOf({ columns, rows }: DecodedBatch, memory: Memory): Uint8Array {
  const { side, local_ip, local_port, remote_ip, remote_port } = columns
  const roles = memory.take(Uint8Array, rows)
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
export function learn(batch: DecodedBatch, roles: Uint8Array, ends: Ends, identity: Identity): void {
  const { meta, columns, rows } = batch
  if (rows === 0) return
  const { endpoints, leases } = identity
  const { time, netns } = columns
  const { instance, node, cluster, realm, zone, region } = meta
  leases.hear(instance, latestTime(time))
  const since = leases.since(instance) ?? 0
  const seen = new Set<Address>()
  for (let row = 0; row < rows; row++) {
    const local = ends.local[row] as Address
    if (seen.has(local)) continue
    seen.add(local)
    if (local.kind !== 'private' && local.kind !== 'internet') continue
    const holder = { ...nobody, instance, node, cluster, netns: netns[row] as number, zone, region }
    endpoints.observe(realm, local.key, holder, since, Number(time[row]))
  }
  learnConnections(batch, roles, ends, identity)
}

/**
 * An end that sees an address translation instead of the other end tells nothing of itself: across it the two stay two edges,
 * whichever comes first.
 */
function learnConnections(
  batch: DecodedBatch,
  roles: Uint8Array,
  addresses: Ends,
  { connections, callers }: Identity,
): void {
  const { remote_port, connection_id, connects, time } = batch.columns
  const ids = wordsOf(connection_id)
  const ends = new OwnEnds(batch)
  const calls = new Calls()
  for (let row = 0; row < batch.rows; row++) {
    const remote = addresses.remote[row] as Address
    if ((ids[2 * row] === 0 && ids[2 * row + 1] === 0) || remote.isNat) continue
    const end = ends.of(row)
    if (end === undefined) continue
    connections.see(ids, row, roles[row] as Role, end)
    if (roles[row] !== 0 || connects[row] === 0) continue
    const client = addresses.local[row] as Address
    const port = remote_port[row] as number
    if (!calls.isNew(client, remote, port, end)) continue
    const call = { netns: end.netns, client: client.key, server: remote.key, port }
    callers.see(batch.meta.instance, call, end, Number(time[row]))
  }
}
