import { type AddressKey, addressKey, compareAddresses, formatAddress } from '../address/address.js'
import { type AddressClass, classOf } from '../address/class.js'
import type { AddressFacts, CidrTable, NatClients } from '../cidrs/table.js'

/** One address of a batch: what its range alone and the table of ranges say of it. */
export class Address {
  #text: string | undefined
  #clients: NatClients | null | undefined
  #gateways: Map<NatClients, string> | undefined
  /** Of its class in the dictionary of the batch, once that is known. */
  classNumber: number | undefined

  constructor(
    readonly key: AddressKey,
    private readonly bytes: Uint8Array,
    private readonly at: number,
    /** By its range alone. */
    readonly kind: AddressClass,
    readonly facts: AddressFacts | undefined,
  ) {}

  get class(): string {
    return this.facts?.class ?? this.kind
  }

  /** Whether an address translation stands behind it: whoever else uses it is not to be told by it. */
  get isNat(): boolean {
    return this.class === 'nat'
  }

  get text(): string {
    this.#text ??= formatAddress(this.bytes, this.at)
    return this.#text
  }

  /** The gateway that connections from here to `remote` pass; empty for none. */
  gatewayTo(remote: Address, realm: string, cidrs: CidrTable): string {
    if (this.#clients === undefined) this.#clients = cidrs.clientsOf(realm, this.key) ?? null
    return this.#clients === null ? '' : remote.#behind(this.#clients)
  }

  #behind(clients: NatClients): string {
    this.#gateways ??= new Map()
    let gateway = this.#gateways.get(clients)
    if (gateway === undefined) {
      gateway = clients.except.find(this.key) === undefined ? clients.gateway : ''
      this.#gateways.set(clients, gateway)
    }
    return gateway
  }
}

/** The addresses of one batch, each looked up once. */
export class Addresses {
  readonly #known = new Map<AddressKey, Address>()

  constructor(
    readonly realm: string,
    readonly cidrs: CidrTable,
  ) {}

  of(bytes: Uint8Array, at: number): Address {
    const key = addressKey(bytes, at)
    let address = this.#known.get(key)
    if (address === undefined) {
      const kind = classOf(bytes, at)
      // These mean something only where they are used.
      const local = kind === 'loopback' || kind === 'unspecified'
      const facts = local ? undefined : this.cidrs.address(this.realm, key)
      address = new Address(key, bytes, at, kind, facts)
      this.#known.set(key, address)
    }
    return address
  }

  /** Those of a column, row by row. */
  column(bytes: Uint8Array, rows: number): Address[] {
    const all = new Array<Address>(rows)
    let [address, at] = [undefined as Address | undefined, 0]
    for (let row = 0; row < rows; row++) {
      // The rows of a connection, and those of a process, are often one after the other.
      if (address === undefined || compareAddresses(bytes, at, bytes, row * 16) !== 0) {
        at = row * 16
        address = this.of(bytes, at)
      }
      all[row] = address
    }
    return all
  }

  /** The gateway that a connection from `local` to `remote` passes; empty for none. */
  gateway(local: Address, remote: Address): string {
    return local.gatewayTo(remote, this.realm, this.cidrs)
  }
}
