import type { AddressKey } from '../address/address.js'
import type { End } from './connections.js'

/** How long another service that called from there makes it unclear who calls, ms. */
const UNCLEAR_MS = 3_600_000

interface Caller {
  end: End
  /** Unix ms of the last row of another service than the one before it. */
  changed: number | undefined
}

/** Where a call comes from and goes to: the client's network namespace and address, the server's address and port. */
export interface Call {
  netns: number
  client: AddressKey
  server: AddressKey
  port: number
}

const keyOf = (instance: string, { netns, client, server, port }: Call): string =>
  `${instance} ${netns} ${client} ${server} ${port}`

/**
 * Who calls what, by the clients' own rows: a server's row that comes before that of its client is named by those before it. Two
 * generations, as of `Connections`.
 */
export class Callers {
  #young = new Map<string, Caller>()
  #old = new Map<string, Caller>()

  constructor(private readonly perGeneration = 50_000) {}

  /** @param instance of the client's agent @param time Unix ms */
  see(instance: string, call: Call, end: End, time: number): void {
    const caller = this.#find(keyOf(instance, call))
    if (caller === undefined) {
      this.#add(keyOf(instance, call), { end, changed: undefined })
      return
    }
    if (caller.end.service !== end.service || caller.end.namespace !== end.namespace) caller.changed = time
    caller.end = end
  }

  /** Undefined also where several services called from there lately: then it may be any. */
  find(instance: string, call: Call, time: number): End | undefined {
    const caller = this.#find(keyOf(instance, call))
    if (caller === undefined) return undefined
    return caller.changed !== undefined && time - caller.changed < UNCLEAR_MS ? undefined : caller.end
  }

  #find(key: string): Caller | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.#add(key, old)
    return old
  }

  #add(key: string, caller: Caller): void {
    if (this.#young.size >= this.perGeneration) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, caller)
  }
}
