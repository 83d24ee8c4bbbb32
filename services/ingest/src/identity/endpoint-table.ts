import type { Endpoint } from '@headwater/contracts'
import { type AddressKey, ANY_V4, ANY_V6, addressKey, parseAddress } from '../address/address.js'
import { classOf } from '../address/class.js'
import { inner } from './inner.js'
import type { Span } from './span.js'
import { Timeline } from './timeline.js'

/** Who a socket or an address belongs to; empty where nobody knows. */
export interface Owner {
  process: string
  service: string
  namespace: string
  /** Name of its container. */
  container: string
}

export const nobody: Owner = { process: '', service: '', namespace: '', container: '' }

/** Who holds an address: an agent instance's node, in one of its network namespaces. */
export interface Holder extends Owner {
  instance: string
  node: string
  cluster: string
  netns: number
  zone: string
  region: string
}

/** One network stack: addresses of loopback and wildcards mean something only within it. Clusters of one realm may name nodes alike. */
export interface Stack {
  realm: string
  cluster: string
  node: string
  netns: number
}

/** How long a listener that ended stands for the attempts that then fail. */
const REMEMBERED_MS = 3_600_000

/** Who listened on the ports of one stack: by transport, port and address. Maps within maps: a key of all would be a new text for each look-up. */
type Ports = Map<string, Map<number, Map<AddressKey, Timeline<Owner>>>>

/** Older agents know the process alone: it is the service then. */
const ownerOf = ({ process, service, namespace, container_name }: Endpoint): Owner => ({
  process,
  service: service === '' ? process : service,
  namespace,
  container: container_name,
})

function timeline<K, T>(map: Map<K, Timeline<T>>, key: K): Timeline<T> {
  let found = map.get(key)
  if (found === undefined) {
    found = new Timeline()
    map.set(key, found)
  }
  return found
}

/** Who held which address, and who listened on which port, when. In memory; the store's table `endpoints` is its durable copy. */
export class EndpointTable {
  readonly #holders = new Map<string, Map<AddressKey, Timeline<Holder>>>()
  /** By realm, cluster, node and network namespace. */
  readonly #listeners = new Map<string, Map<string, Map<string, Map<number, Ports>>>>()
  #size = 0
  #version = 0

  /** Another number once an answer may be another. */
  get version(): number {
    return this.#version
  }

  /** Versions taken in so far. */
  get size(): number {
    return this.#size
  }

  /** @returns whether it was news; false also where the address is none */
  apply(endpoint: Endpoint): boolean {
    const bytes = parseAddress(endpoint.address)
    if (bytes === undefined) return false
    const key = addressKey(bytes)
    const version = { from: endpoint.valid_from, to: endpoint.valid_to }
    const { instance, node, cluster, netns, zone, region } = endpoint
    let changed = false
    // Also where it is no news: it may have another name.
    this.#version++
    if (endpoint.kind === 'listener') {
      const stacks = inner(inner(inner(this.#listeners, endpoint.realm), cluster), node)
      const listeners = timeline(inner(inner(inner(stacks, netns), endpoint.transport), endpoint.port), key)
      changed = listeners.put({ ...version, value: ownerOf(endpoint) }, () => true)
    } else {
      const kind = classOf(bytes)
      if (kind === 'loopback' || kind === 'unspecified') return false
      const holders = timeline(inner(this.#holders, endpoint.realm), key)
      const value = { instance, node, cluster, netns, zone, region, ...ownerOf(endpoint) }
      changed = holders.put({ ...version, value }, (h) => h.instance === instance && h.netns === netns)
    }
    if (changed) this.#size++
    return changed
  }

  /** Takes from a flow row that `holder` has this address at `time`, where no endpoint says so. `since`: since when it may. */
  observe(realm: string, key: AddressKey, holder: Holder, since: number, time: number): void {
    const holders = timeline(inner(this.#holders, realm), key)
    if (holders.at(time).some((h) => h.instance === holder.instance)) return
    holders.put({ from: since, to: null, value: holder }, (h) => h.instance === holder.instance)
    this.#size++
    this.#version++
  }

  /** What of it is known of an address; undefined while nothing is. It stays the same from then on. */
  holders(realm: string, key: AddressKey): Timeline<Holder> | undefined {
    return this.#holders.get(realm)?.get(key)
  }

  /** All who held the address then, the newest first: more than one where nodes use the same private range. @param span of the answer */
  holdersAt(realm: string, key: AddressKey, time: number, span?: Span): Holder[] {
    return this.holders(realm, key)?.at(time, span) ?? []
  }

  /** Who listened then on the port of the stack, on that very address or on all. */
  listenerAt(
    stack: Stack,
    transport: string,
    key: AddressKey,
    port: number,
    time: number,
    span?: Span,
  ): Owner | undefined {
    return this.#listener(stack, transport, key, port, (owners) => owners.newestAt(time, span))
  }

  /** Who listened there last, where it is not long ago: whom an attempt was meant for that found nobody. */
  lastListenerBefore(
    stack: Stack,
    transport: string,
    key: AddressKey,
    port: number,
    time: number,
    span?: Span,
  ): Owner | undefined {
    return this.#listener(stack, transport, key, port, (owners) => owners.endedBefore(time, REMEMBERED_MS, span))
  }

  #listener(
    { realm, cluster, node, netns }: Stack,
    transport: string,
    key: AddressKey,
    port: number,
    choose: (owners: Timeline<Owner>) => Owner | undefined,
  ): Owner | undefined {
    const on = this.#listeners.get(realm)?.get(cluster)?.get(node)?.get(netns)?.get(transport)?.get(port)
    if (on === undefined) return undefined
    const chosen = (address: AddressKey) => {
      const owners = on.get(address)
      return owners === undefined ? undefined : choose(owners)
    }
    // Linux: the most exact listener wins, and one on :: takes IPv4 too unless it was told not to.
    return chosen(key) ?? (typeof key === 'number' ? chosen(ANY_V4) : undefined) ?? chosen(ANY_V6)
  }
}
