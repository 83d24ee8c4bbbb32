import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { answerTo } from './answer.js'
import type { DnsManner, NameTruth } from './messages.js'
import type { Zone } from './zone.js'

const PORT = 53

/** Answers for the names of a zone, over UDP, and counts what it answered. */
export class DnsServer {
  readonly #socket = createSocket('udp4')
  readonly #counts = new Map<string, NameTruth>()
  #manner: DnsManner = { failing: [], delayMs: 0 }

  constructor(private readonly zone: Zone) {}

  /** @throws where the address cannot be had */
  async start(address: string): Promise<void> {
    this.#socket.on('message', (query, from) => this.#take(query, from))
    this.#socket.bind(PORT, address)
    await once(this.#socket, 'listening')
    this.#socket.on('error', (error) => console.error(`DNS server: ${error.message}`))
  }

  become(manner: Partial<DnsManner>): void {
    this.#manner = { ...this.#manner, ...manner }
  }

  counts(): NameTruth[] {
    return [...this.#counts.values()]
  }

  #take(query: Buffer, from: RemoteInfo): void {
    const { failing, delayMs } = this.#manner
    const answer = answerTo(query, this.zone, failing)
    if (answer === undefined) return
    const { packet, name, type, rcode } = answer
    const key = [from.address, name, type, rcode].join(' ')
    const count = this.#counts.get(key) ?? { client: from.address, name, type, rcode, questions: 0 }
    this.#counts.set(key, { ...count, questions: count.questions + 1 })
    // Whoever asked may be gone.
    const send = () => this.#socket.send(packet, from.port, from.address, () => undefined)
    if (delayMs === 0) send()
    else setTimeout(send, delayMs)
  }
}
