import type { DecodedBatch, Memory } from '@headwater/contracts'
import type { CidrTable } from '../cidrs/table.js'
import { numberAt, wordsOf } from '../columns/words.js'
import { roleOf } from '../coverage/counted.js'
import type { Leases } from '../coverage/leases.js'
import type { Address, Realms } from '../identity/addresses.js'
import type { Callers } from '../identity/callers.js'
import { NO_SLOT } from '../identity/connection-table.js'
import type { Connections, Role } from '../identity/connections.js'
import { type EndpointTable, nobody } from '../identity/endpoint-table.js'
import type { Observers } from './observers.js'
import { OwnEnds } from './own-ends.js'

export interface Identity {
  endpoints: EndpointTable
  leases: Leases
  connections: Connections
  callers: Callers
  cidrs: CidrTable
  realms: Realms
  observers: Observers
}

/** The addresses at both ends of each row. Lists may go on behind the last row. */
export interface Ends {
  local: readonly Address[]
  remote: readonly Address[]
}

/** The part that the observed end of each row plays. */
export function rolesOf({ columns, rows }: DecodedBatch, memory: Memory): Uint8Array {
  const { side, local_ip, local_port, remote_ip, remote_port } = columns
  const roles = memory.take(Uint8Array, rows)
  const known = side.values.map((text) => (text === 'client' ? 0 : text === 'server' ? 1 : -1))
  for (let row = 0; row < rows; row++) {
    const role = known[side.indices[row] as number] as number
    if (role >= 0) {
      roles[row] = role
      continue
    }
    const at = row * 16
    roles[row] = roleOf('', local_ip, at, local_port[row] as number, remote_ip, at, remote_port[row] as number)
  }
  return roles
}

/** The latest time of the batch, in Unix ms. */
export function latestTime(time: BigInt64Array): number {
  const words = wordsOf(time)
  let latest = numberAt(words, 0)
  for (let row = 1; row < time.length; row++) latest = Math.max(latest, numberAt(words, row))
  return latest
}

let passes = 0

/**
 * Learns from a batch what it says about its own node, before any of its rows is joined: the agent was live, these addresses are
 * watched by it, these are the ends of these connections. So two ends in one batch find each other whatever their order.
 * @param slots of the rows' connections, as `RemoteEnds` takes them: written here
 */
export function learn(batch: DecodedBatch, roles: Uint8Array, ends: Ends, identity: Identity, slots: Int32Array): void {
  const { meta, columns, rows } = batch
  if (rows === 0) return
  const pass = ++passes
  const { endpoints, leases } = identity
  const { time, netns } = columns
  const { instance, node, cluster, realm, zone, region } = meta
  leases.hear(instance, latestTime(time))
  const since = leases.since(instance) ?? 0
  const times = wordsOf(time)
  for (let row = 0; row < rows; row++) {
    const local = ends.local[row] as Address
    if (local.learntIn === pass) continue
    local.learntIn = pass
    if (local.kind !== 'private' && local.kind !== 'internet') continue
    local.holders ??= endpoints.holders(realm, local.key)
    const at = numberAt(times, row)
    if (local.holders?.isAt(at, (h) => h.instance === instance)) continue
    const holder = { ...nobody, instance, node, cluster, netns: netns[row] as number, zone, region }
    endpoints.observe(realm, local.key, holder, since, at)
  }
  learnConnections(batch, roles, ends, identity, slots)
}

/**
 * An end that sees an address translation instead of the other end tells nothing of itself: across it the two stay two edges,
 * whichever comes first.
 */
function learnConnections(
  batch: DecodedBatch,
  roles: Uint8Array,
  addresses: Ends,
  { connections, callers, observers }: Identity,
  slots: Int32Array,
): void {
  const { remote_port, connection_id, connects, time } = batch.columns
  const [ids, times] = [wordsOf(connection_id), wordsOf(time)]
  const ends = new OwnEnds(batch, observers)
  const { moves } = connections
  connections.fetch(ids)
  for (let row = 0; row < batch.rows; row++) {
    const remote = addresses.remote[row] as Address
    slots[row] = NO_SLOT
    if ((ids[2 * row] === 0 && ids[2 * row + 1] === 0) || remote.isNat) continue
    const end = ends.of(row)
    if (end === undefined) continue
    slots[row] = connections.see(ids, row, roles[row] as Role, end)
    if (roles[row] !== 0 || connects[row] === 0) continue
    const client = addresses.local[row] as Address
    const port = remote_port[row] as number
    if (!callers.calls.isNew(client, remote, port, end)) continue
    const call = { netns: end.netns, client: client.key, server: remote.key, port }
    callers.see(batch.meta.instance, call, end, numberAt(times, row))
  }
  // Those of the rows before are others now.
  if (moves !== connections.moves) slots.fill(NO_SLOT, 0, batch.rows)
}
