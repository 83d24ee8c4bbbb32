import { type BusMessage, type Endpoint, endpointKey, topics } from '@headwater/contracts/producer'
import type { NodeIdentity } from '../identity/node-identity.js'
import { NOBODY, type ProcessIdentity } from '../identity/process-identity.js'

/** Live endpoints held, and messages that wait for the next flush. */
const MAX_LIVE = 32_768
const MAX_PENDING = 16_384

/** What sets one endpoint apart on this node at one time. */
export interface EndpointPlace {
  kind: Endpoint['kind']
  netns: number
  address: string
  port: number
  /** Default tcp. */
  transport?: Endpoint['transport']
}

export interface EndpointOwner {
  pid: number
  identity: ProcessIdentity
}

const NO_OWNER: EndpointOwner = { pid: 0, identity: NOBODY }

/** What an endpoint says of its owner, as it is known now. */
const ownerFields = ({ pid, identity }: EndpointOwner) => ({
  pid,
  process: identity.process,
  process_start: identity.start,
  service: identity.service,
  service_source: identity.serviceSource,
  namespace: identity.namespace,
  unit: identity.unit,
  container_id: identity.container.id,
  container_name: identity.container.name,
  container_image: identity.container.image,
  labels: identity.container.labels,
})

const placeKey = (p: EndpointPlace): string => `${p.netns} ${p.address} ${p.port} ${p.transport ?? 'tcp'}`

/**
 * The endpoints of this node that are live, and the changes to publish. Each is published when it appears, when its owner
 * changes (same key, so the newer replaces the older) and when it ends; all live ones again after a message about one was lost.
 */
export class Endpoints {
  /** How often an endpoint found no room. */
  refused = 0
  /** Messages about endpoints that were left out because too many came at once; the live ones are published again. */
  overflowed = 0
  #live = new Map<string, Endpoint>()
  #pending = new Map<string, Endpoint>()
  /** Those that ended while no message went through. */
  #ended = new Map<string, Endpoint>()
  #again = false

  constructor(
    private readonly identity: NodeIdentity,
    private readonly instance: string,
  ) {}

  /** Changes wait to be published. */
  get changed(): boolean {
    return this.#pending.size > 0
  }

  get live(): number {
    return this.#live.size
  }

  /** @param time Unix ms */
  open(place: EndpointPlace, time: number, owner: EndpointOwner = NO_OWNER): void {
    const key = placeKey(place)
    const fields = ownerFields(owner)
    const known = this.#live.get(key)
    if (known !== undefined) {
      if (Object.entries(fields).every(([name, value]) => known[name as keyof Endpoint] === value)) return
      Object.assign(known, fields)
      this.#publish(known)
      return
    }
    if (this.#live.size >= MAX_LIVE) {
      this.refused++
      return
    }
    const { cluster, node, realm, zone, region } = this.identity
    const endpoint: Endpoint = {
      ...place,
      ...fields,
      realm,
      cluster,
      node,
      zone,
      region,
      instance: this.instance,
      transport: place.transport ?? 'tcp',
      valid_from: Math.max(0, Math.floor(time)),
      valid_to: null,
    }
    this.#live.set(key, endpoint)
    this.#publish(endpoint)
  }

  /** @param time Unix ms */
  close(place: EndpointPlace, time: number): void {
    const key = placeKey(place)
    const endpoint = this.#live.get(key)
    if (endpoint === undefined) return
    this.#live.delete(key)
    endpoint.valid_to = Math.max(endpoint.valid_from, Math.floor(time))
    this.#publish(endpoint)
  }

  /** Messages about endpoints did not reach the bus: the live ones are to go out again, and those of them that tell of an end. */
  lost(messages: readonly BusMessage[]): void {
    this.#again = true
    for (const message of messages) {
      const endpoint = JSON.parse(Buffer.from(message.value).toString()) as Endpoint
      if (endpoint.valid_to === null) continue
      if (this.#ended.size < MAX_PENDING) this.#ended.set(message.key, endpoint)
      else this.overflowed++
    }
  }

  /**
   * The messages since the last call, oldest first. @param connected the bus takes messages: what was lost goes out again (while
   * it does not, that would only push out more)
   */
  take(connected: boolean): BusMessage[] {
    if (this.#again && connected) {
      for (const [key, endpoint] of this.#ended) this.#pending.set(key, endpoint)
      this.#ended.clear()
      for (const endpoint of this.#live.values()) this.#pending.set(endpointKey(endpoint), endpoint)
      this.#again = false
    }
    const messages = [...this.#pending].map(([key, endpoint]) => ({
      topic: topics.endpoints,
      key,
      value: Buffer.from(JSON.stringify(endpoint)),
    }))
    this.#pending.clear()
    return messages
  }

  #publish(endpoint: Endpoint): void {
    if (this.#pending.size >= MAX_PENDING) {
      this.overflowed++
      this.#again = true
      return
    }
    this.#pending.set(endpointKey(endpoint), endpoint)
  }
}
