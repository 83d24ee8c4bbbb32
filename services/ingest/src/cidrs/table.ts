import type { AddressKey } from '../address/address.js'
import { PrefixMap } from './prefix-map.js'
import type { CidrFile, NatGateway, RangeClass } from './schema.js'

/** What the table says of an address; empty where it says nothing. */
export interface AddressFacts {
  class: RangeClass
  name: string
  zone: string
  region: string
  cluster: string
  /** Name of the gateway whose address it is. */
  gateway: string
}

/** Those whose connections pass a gateway, but for what goes to `except`. */
export interface NatClients {
  gateway: string
  except: PrefixMap<true>
}

interface Realm {
  addresses: PrefixMap<AddressFacts>
  clients: PrefixMap<NatClients>
}

type Entry = Pick<NatGateway, 'zone' | 'region' | 'cluster'> & { name?: string | undefined }

const facts = ({ name = '', zone = '', region = '', cluster = '' }: Entry, kind: RangeClass, gateway = '') => ({
  class: kind,
  name,
  zone,
  region,
  cluster,
  gateway,
})

/** Names, classes and places of address ranges, and the NAT gateways: what no agent can know. */
export class CidrTable {
  readonly #every: Realm = { addresses: new PrefixMap(), clients: new PrefixMap() }
  readonly #realms = new Map<string, Realm>()

  constructor(file: CidrFile = { ranges: [], nat_gateways: [] }) {
    for (const range of file.ranges) this.#of(range.realm).addresses.set(range.cidr, facts(range, range.class))
    for (const gateway of file.nat_gateways) this.#addGateway(gateway)
  }

  /** What is said of the address: in its own realm first, else in every realm. Costs some look-ups: keep it per batch. */
  address(realm: string, key: AddressKey): AddressFacts | undefined {
    return this.#realms.get(realm)?.addresses.find(key) ?? this.#every.addresses.find(key)
  }

  /** Of which gateway's clients the address is. Costs as much. */
  clientsOf(realm: string, key: AddressKey): NatClients | undefined {
    return this.#realms.get(realm)?.clients.find(key) ?? this.#every.clients.find(key)
  }

  #addGateway(gateway: NatGateway): void {
    const { addresses, clients } = this.#of(gateway.realm)
    for (const cidr of gateway.addresses) addresses.set(cidr, facts(gateway, 'nat', gateway.name))
    const except = new PrefixMap<true>()
    for (const cidr of gateway.except) except.set(cidr, true)
    for (const cidr of gateway.clients) clients.set(cidr, { gateway: gateway.name, except })
  }

  #of(name: string | undefined): Realm {
    if (name === undefined) return this.#every
    const realm = this.#realms.get(name) ?? { addresses: new PrefixMap(), clients: new PrefixMap() }
    this.#realms.set(name, realm)
    return realm
  }
}
