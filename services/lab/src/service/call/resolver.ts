import { Resolver } from 'node:dns/promises'

/** How long a question waits for its answer. */
const TIMEOUT_MS = 1_000
const TRIES = 2

/** Names asked of the lab's DNS server over UDP, kept as long as it allows. */
export class Names {
  readonly #known = new Map<string, { addresses: Promise<string[]>; until: number }>()
  #turn = 0

  constructor(private readonly nameserver: string) {}

  /** One of the name's addresses, in turn. @throws where there is none */
  async address(host: string): Promise<string> {
    const addresses = await this.#addresses(host)
    const address = addresses[this.#turn++ % addresses.length]
    if (address === undefined) throw new Error(`${host} has no address`)
    return address
  }

  #addresses(host: string): Promise<string[]> {
    const now = performance.now()
    const known = this.#known.get(host)
    if (known !== undefined && now < known.until) return known.addresses
    const entry = { addresses: Promise.resolve<string[]>([]), until: Number.POSITIVE_INFINITY }
    entry.addresses = this.#resolver()
      .resolve4(host, { ttl: true })
      .then(
        (records) => {
          entry.until = performance.now() + 1_000 * Math.min(...records.map((r) => r.ttl))
          return records.map((r) => r.address)
        },
        (error: Error) => {
          entry.until = 0
          throw error
        },
      )
    this.#known.set(host, entry)
    return entry.addresses
  }

  /**
   * One for each question. One that is kept learns how fast its server usually is (c-ares), and then gives up and asks again
   * after 250 ms: a server that is slow all at once would be one that does not answer.
   */
  #resolver(): Resolver {
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES })
    resolver.setServers([this.nameserver])
    return resolver
  }
}
