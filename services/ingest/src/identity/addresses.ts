import { type AddressKey, addressKey, textOf } from '../address/address.js'
import { type AddressClass, classOf } from '../address/class.js'
import type { AddressFacts, CidrTable, NatClients } from '../cidrs/table.js'
import type { Found } from '../flows/found.js'
import { AddressTable } from './address-table.js'
import type { Holder } from './endpoint-table.js'
import { Span } from './span.js'
import type { Timeline } from './timeline.js'

/** One address of a realm: what its range alone and the table of ranges say of it. */
export class Address {
  /** Of no other address, ever. */
  readonly number: number
  readonly class: string
  /** Whether an address translation stands behind it: whoever else uses it is not to be told by it. */
  readonly isNat: boolean
  /** Who held it, once that is known: kept here so that it need not be looked for. */
  holders: Timeline<Holder> | undefined
  /** What the passes over rows leave here for the next row of the same pass: each has a number of its own. */
  learntIn = 0
  foundIn = 0
  found: Found[] | undefined
  classIn = 0
  classNumber = 0
  /** Whether a live agent watched it, when, and of what was known when that was asked. */
  watchedIn = 0
  watched = false
  watchedVersion = 0
  readonly watchedSpan = new Span()
  #text: string | undefined
  #clients: NatClients | null | undefined
  #gateways: Map<NatClients, string> | undefined
  static #made = 0

  constructor(
    readonly key: AddressKey,
    /** By its range alone. */
    readonly kind: AddressClass,
    readonly facts: AddressFacts | undefined,
  ) {
    this.number = ++Address.#made
    this.class = facts?.class ?? kind
    this.isNat = this.class === 'nat'
  }

  get text(): string {
    this.#text ??= textOf(this.key)
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

/** Addresses that are remembered of all realms together: beyond, all are forgotten. */
const MOST_ADDRESSES = 100_000

/** The addresses of one realm, each looked up once. */
export class Addresses {
  readonly #known = new AddressTable<Address>()

  /** @param made called for each that was not known */
  constructor(
    readonly realm: string,
    readonly cidrs: CidrTable,
    private readonly made: () => void = () => undefined,
  ) {}

  /** @param row of `words`, four each */
  of(words: Uint32Array, row: number): Address {
    const at = 4 * row
    const known = this.#known.get(words, at)
    if (known !== undefined) return known
    const address = this.#make(words, at)
    this.#known.add(words, at, address)
    this.made()
    return address
  }

  /** Those of a column, row by row. */
  column(bytes: Uint8Array, rows: number, into: Address[]): void {
    // Words at an address of their own size.
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
    const words = new Uint32Array(aligned.buffer, aligned.byteOffset, 4 * rows)
    let [address, last] = [undefined as Address | undefined, 0]
    for (let row = 0; row < rows; row++) {
      // The rows of a connection, and those of a process, are often one after the other.
      if (address === undefined || !isSame(words, 4 * last, 4 * row)) {
        address = this.of(words, row)
        last = row
      }
      into[row] = address
    }
  }

  /** The gateway that a connection from `local` to `remote` passes; empty for none. */
  gateway(local: Address, remote: Address): string {
    return local.gatewayTo(remote, this.realm, this.cidrs)
  }

  #make(words: Uint32Array, at: number): Address {
    const bytes = new Uint8Array(words.buffer, words.byteOffset + 4 * at, 16)
    const [key, kind] = [addressKey(bytes), classOf(bytes)]
    // These mean something only where they are used.
    const local = kind === 'loopback' || kind === 'unspecified'
    return new Address(key, kind, local ? undefined : this.cidrs.address(this.realm, key))
  }
}

const isSame = (words: Uint32Array, a: number, b: number): boolean =>
  words[a + 3] === words[b + 3] &&
  words[a + 2] === words[b + 2] &&
  words[a + 1] === words[b + 1] &&
  words[a] === words[b]

/** The addresses of all realms. Bounded: what was made of addresses is made anew now and then, and never an answer to who holds one. */
export class Realms {
  readonly #realms = new Map<string, Addresses>()
  #size = 0

  constructor(
    private readonly cidrs: CidrTable,
    private readonly most = MOST_ADDRESSES,
  ) {}

  of(name: string): Addresses {
    let realm = this.#realms.get(name)
    if (realm === undefined) {
      realm = new Addresses(name, this.cidrs, () => this.#grew())
      this.#realms.set(name, realm)
      this.#grew()
    }
    return realm
  }

  /** Whoever is at work with a realm's goes on with them. */
  #grew(): void {
    if (++this.#size < this.most) return
    this.#realms.clear()
    this.#size = 0
  }
}
