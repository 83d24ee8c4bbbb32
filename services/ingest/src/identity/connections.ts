import type { Owner } from './endpoint-table.js'
import { Generations } from './generations.js'

/** What is known of one end of a connection from the rows that this end's agent sent. */
export interface End extends Owner {
  node: string
  cluster: string
  netns: number
  zone: string
  region: string
}

/** 0: the client, or the lower (address, port) of peers; 1: the other end. */
export type Role = 0 | 1

interface Ends {
  of: [End | undefined, End | undefined]
  /** Instance of the agent at the server's end, where its rows were the first to count. */
  countedBy: string | undefined
}

/** The ends of recent connections by connection id, so that either end's rows can name the other. */
export class Connections {
  readonly #connections: Generations<bigint, Ends>

  constructor(perGeneration = 100_000) {
    this.#connections = new Generations(perGeneration)
  }

  get size(): number {
    return this.#connections.size
  }

  see(id: bigint, role: Role, end: End): void {
    this.#made(id).of[role] = end
  }

  other(id: bigint, role: Role): End | undefined {
    return this.#connections.get(id)?.of[role === 0 ? 1 : 0]
  }

  /** The server's rows count: nobody was known to watch the client. They go on to when that becomes known, lest the client's count too. */
  countServer(id: bigint, instance: string): void {
    this.#made(id).countedBy = instance
  }

  /** Whose server's rows count; undefined where the client's do. */
  serverCountedBy(id: bigint): string | undefined {
    return this.#connections.get(id)?.countedBy
  }

  #made(id: bigint): Ends {
    const known = this.#connections.get(id)
    if (known !== undefined) return known
    const ends: Ends = { of: [undefined, undefined], countedBy: undefined }
    this.#connections.set(id, ends)
    return ends
  }
}
