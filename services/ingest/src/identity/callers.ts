import type { AddressKey } from '../address/address.js'
import { Calls } from './calls.js'
import type { End } from './connections.js'
import { Generations } from './generations.js'
import type { Span } from './span.js'

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

/** Who calls what, by the clients' own rows: a server's row that comes before that of its client is named by those before it. */
export class Callers {
  readonly #callers: Generations<string, Caller>
  /** Which it need not be told of again. */
  readonly calls = new Calls()
  #version = 0

  /** Another number once an answer may be another. */
  get version(): number {
    return this.#version
  }

  constructor(perGeneration = 50_000) {
    // What goes on is told of again, so that it is young.
    this.#callers = new Generations(perGeneration, () => {
      this.calls.clear()
      this.#version++
    })
  }

  /** @param instance of the client's agent @param time Unix ms */
  see(instance: string, call: Call, end: End, time: number): void {
    const key = keyOf(instance, call)
    const caller = this.#callers.get(key)
    if (caller === undefined) {
      this.#version++
      this.#callers.set(key, { end, changed: undefined })
      return
    }
    if (caller.end === end) return
    this.#version++
    if (caller.end.service !== end.service || caller.end.namespace !== end.namespace) caller.changed = time
    caller.end = end
  }

  /** Undefined also where several services called from there lately: then it may be any. @param span of the answer */
  find(instance: string, call: Call, time: number, span?: Span): End | undefined {
    const caller = this.#callers.get(keyOf(instance, call))
    if (caller === undefined) return undefined
    if (caller.changed !== undefined) span?.narrow(time, caller.changed + UNCLEAR_MS)
    return caller.changed !== undefined && time - caller.changed < UNCLEAR_MS ? undefined : caller.end
  }
}
