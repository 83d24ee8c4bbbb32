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
  #turn = 0

  constructor(
    private readonly counter: EndCounter,
    private readonly names: Names,
    private readonly spec: CallSpec,
    private readonly instance: string,
  ) {}

  async ask(): Promise<boolean> {
    const at = this.#turn++ % SIZE
    this.#members[at] ??= this.#join(at)
    const member = await this.#members[at].catch(() => undefined)
    if (member === undefined) return false
    return new Promise((resolve) => {
      member.waiting.push(resolve)
      member.socket.write(encodeCommand('GET', 'k'.repeat(this.spec.requestBytes)))
    })
  }

  async #join(at: number): Promise<Member> {
    const leave = () => {
      this.#members[at] = undefined
    }
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
