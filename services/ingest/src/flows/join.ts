import {
  type AllColumns,
  type ColumnsOf,
  type DecodedBatch,
  heap,
  type IngestColumnName,
  type Memory,
} from '@headwater/contracts'
import { constant, DictionaryBuilder } from '../columns/dictionary.js'
import { counted } from '../coverage/counted.js'
import type { Address, Addresses } from '../identity/addresses.js'
import type { Role } from '../identity/connections.js'
import { JoinScope, type RemoteColumn } from './join-scope.js'
import { type Ends, type Identity, learn, rolesOf } from './local-ends.js'
import type { Remote } from './remote.js'
import { RemoteEnds } from './remote-ends.js'

/**
 * What the agent says; an older agent says only the process. A server whose owner the agent had not found yet is who listens
 * there; where nobody is known, the address.
 */
function localServices(batch: DecodedBatch, roles: Uint8Array, ends: Ends, identity: Identity, memory: Memory) {
  const { columns, rows, meta } = batch
  const { local_service, process } = columns
  const unknown = local_service.values.indexOf('')
  if (unknown === -1 || !local_service.indices.includes(unknown)) return local_service
  const services = new DictionaryBuilder(rows, local_service, memory)
  for (let row = 0; row < rows; row++) {
    if (local_service.values[local_service.indices[row] as number] !== '') continue
    const address = ends.local[row] as Address
    let name = process.values[process.indices[row] as number] as string
    if (name === '' && roles[row] === 1) {
      const stack = { realm: meta.realm, cluster: meta.cluster, node: meta.node, netns: columns.netns[row] as number }
      const transport = columns.transport.values[columns.transport.indices[row] as number] as string
      const port = columns.local_port[row] as number
      name =
        identity.endpoints.listenerAt(stack, transport, address.key, port, Number(columns.time[row]))?.service ?? ''
    }
    services.set(row, name === '' ? address.text : name)
  }
  return services.finish()
}

/**
 * The NAT gateway that a row's bytes pass: the client's end is one of the gateway's clients, the server's end sees one of its
 * addresses. What stays on the node passes none.
 */
function gatewayOf(role: Role, local: Address, remote: Address, { path }: Remote, addresses: Addresses): string {
  if (role === 1) return remote.isNat ? (remote.facts?.gateway ?? '') : ''
  const stays = path === 'loopback' || path === 'same-node' || remote.kind === 'unspecified'
  return stays ? '' : addresses.gateway(local, remote)
}

/** What is known of each row while a batch is joined: used again by the next one. */
const scratch = { local: [] as Address[], remote: [] as Address[], slots: new Int32Array(0), ends: new Int32Array(0) }

function scratchOf(rows: number): typeof scratch {
  if (scratch.slots.length < rows) {
    scratch.slots = new Int32Array(2 * rows)
    scratch.ends = new Int32Array(2 * rows)
  }
  return scratch
}

/** Who is at the other end of each row, where that is, and whose bytes count. */
function ingestColumns(
  batch: DecodedBatch,
  roles: Uint8Array,
  addresses: Addresses,
  { local, remote: far }: Ends,
  identity: Identity,
  memory: Memory,
  scope: JoinScope,
): ColumnsOf<IngestColumnName> {
  const { rows } = batch
  const ends = new RemoteEnds(batch, identity, scratch.slots)
  const isCounted = memory.take(Uint8Array, rows)
  const classes = memory.take(Int32Array, rows)
  const gateways = memory.take(Int32Array, rows)
  const numbers = scratch.ends
  for (let row = 0; row < rows; row++) {
    const role = roles[row] as Role
    const own = local[row] as Address
    const address = far[row] as Address
    const end = ends.of(row, role, own, address)
    const watched = role === 1 && (address.isNat || ends.watched(row, address))
    isCounted[row] = counted(role, watched, ends.countedByServer(row))
    if (role === 1 && isCounted[row] === 1) ends.countServer(row)
    numbers[row] = scope.number(end)
    classes[row] = scope.classOf(address)
    const gateway = gatewayOf(role, own, address, end, addresses)
    gateways[row] = gateway === '' ? 0 : scope.gateways.index(gateway)
  }
  const of = (name: RemoteColumn) => scope.column(name, numbers, memory.take(Int32Array, rows))
  return {
    counted: isCounted,
    remote_namespace: of('namespace'),
    remote_service: of('service'),
    remote_process: of('process'),
    remote_node: of('node'),
    remote_cluster: of('cluster'),
    remote_container: of('container'),
    remote_zone: of('zone'),
    remote_region: of('region'),
    remote_class: { indices: classes, values: scope.classes.values },
    path_class: of('path'),
    nat_gateway: { indices: gateways, values: scope.gateways.values },
  }
}

/**
 * One batch of an agent as columns of `flows`: its own, the batch's once for all rows, and who is at both ends.
 * @param memory of the columns that it makes
 * @param scope of the batches that become one block
 */
export function joinIdentity(
  batch: DecodedBatch,
  identity: Identity,
  memory: Memory = heap,
  scope = new JoinScope(),
): AllColumns {
  const { meta, columns, rows } = batch
  const addresses = identity.realms.of(meta.realm)
  const roles = rolesOf(batch, memory)
  const ends = scratchOf(rows)
  addresses.column(columns.local_ip, rows, ends.local)
  addresses.column(columns.remote_ip, rows, ends.remote)
  learn(batch, roles, ends, identity, ends.slots)
  return {
    ...columns,
    local_service: localServices(batch, roles, ends, identity, memory),
    cluster: constant(rows, meta.cluster),
    node: constant(rows, meta.node),
    realm: constant(rows, meta.realm),
    instance: constant(rows, meta.instance),
    sequence: memory.take(BigUint64Array, rows).fill(BigInt(meta.sequence)),
    local_zone: constant(rows, meta.zone),
    local_region: constant(rows, meta.region),
    ...ingestColumns(batch, roles, addresses, ends, identity, memory, scope),
  }
}
