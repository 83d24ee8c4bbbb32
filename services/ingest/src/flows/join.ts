import type { AllColumns, ColumnsOf, DecodedBatch, IngestColumnName } from '@headwater/contracts'
import { type AddressKey, addressKey, formatAddress } from '../address/address.js'
import { classOf } from '../address/class.js'
import { counted } from '../coverage/counted.js'
import type { Role } from '../identity/connections.js'
import type { Holder } from '../identity/endpoint-table.js'
import { constant, DictionaryBuilder } from './dictionary.js'
import { type Identity, learn, rolesOf } from './local-ends.js'

/** What is known of the other end of one row; empty where it is not. */
interface Remote {
  process: string
  service: string
  namespace: string
  node: string
  cluster: string
}

/** Texts of addresses, each made once per batch. */
class AddressTexts {
  readonly #texts = new Map<AddressKey, string>()

  of(key: AddressKey, bytes: Uint8Array, at: number): string {
    let text = this.#texts.get(key)
    if (text === undefined) {
      text = formatAddress(bytes, at)
      this.#texts.set(key, text)
    }
    return text
  }
}

/** Looks up the other ends of one batch's rows. */
class RemoteEnds {
  readonly #texts = new AddressTexts()

  constructor(
    private readonly batch: DecodedBatch,
    private readonly identity: Identity,
  ) {}

  /**
   * Who holds the address, in which network stacks of one node: of several nodes with the same private range the observer's own, else
   * the one with a live agent; where that leaves more than one, nobody is named.
   */
  holders(key: AddressKey, time: number): Holder[] {
    const { realm, node } = this.batch.meta
    const all = this.identity.endpoints.holdersAt(realm, key, time)
    if (all.length < 2) return all
    const own = all.filter((h) => h.node === node)
    if (own.length > 0) return own
    const live = all.filter((h) => this.identity.leases.liveAt(h.instance, time))
    const chosen = live.length > 0 ? live : all
    return chosen.every((h) => h.node === chosen[0]?.node) ? chosen : []
  }

  /** Whether a live agent watched the address then. Its own loopback every agent watches. */
  watched(key: AddressKey, loopback: boolean, time: number): boolean {
    if (loopback) return true
    const holders = this.identity.endpoints.holdersAt(this.batch.meta.realm, key, time)
    return holders.some((h) => this.identity.leases.liveAt(h.instance, time))
  }

  of(row: number, role: Role, key: AddressKey, loopback: boolean, time: number): Remote {
    const { meta, columns } = this.batch
    const { realm, node, cluster } = meta
    const id = columns.connection_id[row] as bigint
    const other = id === 0n ? undefined : this.identity.connections.other(id, role)
    const text = () => this.#texts.of(key, columns.remote_ip, row * 16)
    if (other !== undefined) return { ...other, service: other.process === '' ? text() : other.service }
    const stacks = loopback ? [{ node, cluster, netns: columns.netns[row] as number }] : this.holders(key, time)
    const [at] = stacks
    if (at === undefined) return { process: '', service: text(), namespace: '', node: '', cluster: '' }
    const transport = columns.transport.values[columns.transport.indices[row] as number] as string
    const port = columns.remote_port[row] as number
    let process = ''
    for (const stack of role === 0 ? stacks : []) {
      const listener = this.identity.endpoints.listenerAt({ realm, ...stack }, transport, key, port, time)
      if (listener === undefined) continue
      process = listener.process
      break
    }
    return { process, service: process === '' ? text() : process, namespace: '', node: at.node, cluster: at.cluster }
  }
}

/** What the agent says; an older agent says only the process; where neither is known, the address. */
function localServices({ columns, rows }: DecodedBatch) {
  const { local_service, process, local_ip } = columns
  const services = new DictionaryBuilder(rows, local_service)
  for (let row = 0; row < rows; row++) {
    if (local_service.values[local_service.indices[row] as number] !== '') continue
    const name = process.values[process.indices[row] as number] as string
    services.set(row, name === '' ? formatAddress(local_ip, row * 16) : name)
  }
  return services.finish()
}

function ingestColumns(batch: DecodedBatch, roles: Uint8Array, identity: Identity): ColumnsOf<IngestColumnName> {
  const { columns, rows } = batch
  const ends = new RemoteEnds(batch, identity)
  const isCounted = new Uint8Array(rows)
  const dictionary = () => new DictionaryBuilder(rows)
  const remote = {
    namespace: dictionary(),
    service: dictionary(),
    process: dictionary(),
    node: dictionary(),
    cluster: dictionary(),
    class: dictionary(),
  }
  for (let row = 0; row < rows; row++) {
    const at = row * 16
    const role = roles[row] as Role
    const time = Number(columns.time[row])
    const key = addressKey(columns.remote_ip, at)
    const kind = classOf(columns.remote_ip, at)
    const loopback = kind === 'loopback'
    const end = ends.of(row, role, key, loopback, time)
    isCounted[row] = counted(role, role === 1 && ends.watched(key, loopback, time))
    remote.namespace.set(row, end.namespace)
    remote.service.set(row, end.service)
    remote.process.set(row, end.process)
    remote.node.set(row, end.node)
    remote.cluster.set(row, end.cluster)
    remote.class.set(row, kind)
  }
  return {
    counted: isCounted,
    remote_namespace: remote.namespace.finish(),
    remote_service: remote.service.finish(),
    remote_process: remote.process.finish(),
    remote_node: remote.node.finish(),
    remote_cluster: remote.cluster.finish(),
    remote_container: constant(rows, ''),
    remote_zone: constant(rows, ''),
    remote_region: constant(rows, ''),
    remote_class: remote.class.finish(),
    path_class: constant(rows, 'unknown'),
    nat_gateway: constant(rows, ''),
  }
}

/** One batch of an agent as columns of `flows`: its own, the batch's once for all rows, and who is at both ends. */
export function joinIdentity(batch: DecodedBatch, identity: Identity): AllColumns {
  const { meta, columns, rows } = batch
  const roles = rolesOf(batch)
  learn(batch, roles, identity)
  return {
    ...columns,
    local_service: localServices(batch),
    cluster: constant(rows, meta.cluster),
    node: constant(rows, meta.node),
    realm: constant(rows, meta.realm),
    instance: constant(rows, meta.instance),
    sequence: new BigUint64Array(rows).fill(BigInt(meta.sequence)),
    local_zone: constant(rows, meta.zone),
    local_region: constant(rows, meta.region),
    ...ingestColumns(batch, roles, identity),
  }
}
