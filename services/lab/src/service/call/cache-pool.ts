import type { Socket } from 'node:net'
import type { EndCounter } from '../count/end.js'
import { encodeCommand, readReply } from '../serve/cache-wire.js'
import type { CallSpec } from '../spec.js'
import { countedConnection } from './connect.js'
import type { Names } from './resolver.js'

const SIZE = 2

interface Member {
  socket: Socket
  /** Commands that wait for their reply, in order. */
  waiting: ((ok: boolean) => void)[]
}

/** Connections to a cache that stay open; commands take them in turn, and one that broke is made anew by the next command. */
export class CachePool {
  readonly #members: (Promise<Member> | undefined)[] = Array.from({ length: SIZE })
  readonly #leaked = new Set<Member>()
  #turn = 0

  constructor(
    private readonly counter: EndCounter,
    private readonly names: Names,
    private readonly spec: CallSpec,
    private readonly instance: string,
  ) {}

  async ask(): Promise<boolean> {
    const leaks = this.spec.leaks === true
    const member = await (leaks ? this.#leak() : this.#next()).catch(() => undefined)
    if (member === undefined) return false
    return new Promise((resolve) => {
      member.waiting.push((ok) => {
        resolve(ok)
        if (leaks && this.spec.leaks !== true) member.socket.end()
      })
      member.socket.write(encodeCommand('GET', 'k'.repeat(this.spec.requestBytes)))
    })
  }

  /** Ends the connections that leaked: those that wait for a reply when it has come. */
  giveBack(): void {
    for (const { socket, waiting } of this.#leaked) if (waiting.length === 0) socket.end()
  }

  #next(): Promise<Member> {
    const at = this.#turn++ % SIZE
    this.#members[at] ??= this.#join(() => {
      this.#members[at] = undefined
    })
    return this.#members[at]
  }

  async #leak(): Promise<Member> {
    const member = await this.#join(() => undefined)
    this.#leaked.add(member)
    member.socket.once('close', () => this.#leaked.delete(member))
    return member
  }

  /** @param leave is called when it cannot be made, or is closed */
  async #join(leave: () => void): Promise<Member> {
    const address = await this.names.address(this.spec.host).catch((error) => {
      leave()
      throw error
    })
    const socket = countedConnection(this.counter, address, this.spec.port, true)
    const member: Member = { socket, waiting: [] }
    let rest: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk])
      for (let length = readReply(rest); length > 0; length = readReply(rest)) {
        rest = rest.subarray(length)
        member.waiting.shift()?.(true)
      }
    })
    return new Promise((resolve, reject) => {
      socket.once('close', () => {
        leave()
        for (const waits of member.waiting.splice(0)) waits(false)
        reject(new Error('closed'))
      })
      socket.once('connect', () => {
        member.waiting.push(() => undefined)
        socket.write(encodeCommand('HELLO', this.instance))
        resolve(member)
      })
    })
  }
}
