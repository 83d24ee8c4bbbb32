import {
  type AllColumns,
  type ColumnsOf,
  type DecodedBatch,
  heap,
  type IngestColumnName,
  type Memory,
} from '@headwater/contracts'
import { numberAt, wordsOf } from '../columns/words.js'
import { counted } from '../coverage/counted.js'
import type { Role } from '../identity/connections.js'
import { type Address, Addresses } from './addresses.js'
import { constant, DictionaryBuilder } from './dictionary.js'
import { type Ends, type Identity, learn, rolesOf } from './local-ends.js'
import { type Remote, RemoteEnds } from './remote-ends.js'

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

/** Who is at the other end of each row, where that is, and whose bytes count. */
function ingestColumns(
  batch: DecodedBatch,
  roles: Uint8Array,
  addresses: Addresses,
  { local, remote: far }: Ends,
  identity: Identity,
  memory: Memory,
): ColumnsOf<IngestColumnName> {
  const { columns, rows } = batch
  const ends = new RemoteEnds(batch, identity)
  const isCounted = memory.take(Uint8Array, rows)
  const dictionary = () => new DictionaryBuilder(rows, undefined, memory)
  const remote = {
    namespace: dictionary(),
    service: dictionary(),
    process: dictionary(),
    node: dictionary(),
    cluster: dictionary(),
    container: dictionary(),
    zone: dictionary(),
    region: dictionary(),
  }
  const names = Object.keys(remote) as (keyof typeof remote)[]
  const paths = dictionary()
  const numbersOf = (end: Remote): readonly number[] => {
    end.numbers ??= [...names.map((name) => remote[name].index(end[name])), paths.index(end.path)]
    return end.numbers
  }
  const times = wordsOf(columns.time)
  const classes = dictionary()
  const columnsOf = [...names.map((name) => remote[name]), paths]
  const gateways = dictionary()
  for (let row = 0; row < rows; row++) {
    const role = roles[row] as Role
    const time = numberAt(times, row)
    const [own, address] = [local[row] as Address, far[row] as Address]
    const end = ends.of(row, role, own, address, time)
    const watched = role === 1 && (address.isNat || ends.watched(address, time))
    isCounted[row] = counted(role, watched, ends.countedByServer(row, time))
    if (role === 1 && isCounted[row] === 1) ends.countServer(row)
    const texts = numbersOf(end)
    for (let i = 0; i < columnsOf.length; i++) columnsOf[i]?.put(row, texts[i] as number)
    address.classNumber ??= classes.index(address.class)
    classes.put(row, address.classNumber)
    const gateway = gatewayOf(role, own, address, end, addresses)
    if (gateway !== '') gateways.set(row, gateway)
  }
  return {
    counted: isCounted,
    remote_namespace: remote.namespace.finish(),
    remote_service: remote.service.finish(),
    remote_process: remote.process.finish(),
    remote_node: remote.node.finish(),
    remote_cluster: remote.cluster.finish(),
    remote_container: remote.container.finish(),
    remote_zone: remote.zone.finish(),
    remote_region: remote.region.finish(),
    remote_class: classes.finish(),
    path_class: paths.finish(),
    nat_gateway: gateways.finish(),
  }
}

/**
 * One batch of an agent as columns of `flows`: its own, the batch's once for all rows, and who is at both ends.
 * @param memory of the columns that it makes
 */
export function joinIdentity(batch: DecodedBatch, identity: Identity, memory: Memory = heap): AllColumns {
  const { meta, columns, rows } = batch
  const addresses = new Addresses(meta.realm, identity.cidrs)
  const roles = rolesOf(batch, memory)
  const ends = { local: addresses.column(columns.local_ip, rows), remote: addresses.column(columns.remote_ip, rows) }
  learn(batch, roles, ends, identity)
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
    ...ingestColumns(batch, roles, addresses, ends, identity, memory),
  }
}
