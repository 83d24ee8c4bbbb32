import type { Owner } from './endpoint-table.js'

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

/**
 * The ends of recent connections by connection id, so that either end's rows can name the other. Two generations: when the young one
 * is full it becomes the old one, and what nobody asked for meanwhile is forgotten.
 */
export class Connections {
  #young = new Map<bigint, Ends>()
  #old = new Map<bigint, Ends>()

  constructor(private readonly perGeneration = 100_000) {}

  get size(): number {
    return this.#young.size + this.#old.size
  }

  see(id: bigint, role: Role, end: End): void {
    this.#ends(id, true).of[role] = end
  }

  other(id: bigint, role: Role): End | undefined {
    return this.#ends(id, false).of[role === 0 ? 1 : 0]
  }

  /** The server's rows count: nobody was known to watch the client. They go on to when that becomes known, lest the client's count too. */
  countServer(id: bigint, instance: string): void {
    this.#ends(id, true).countedBy = instance
  }

  /** Whose server's rows count; undefined where the client's do. */
  serverCountedBy(id: bigint): string | undefined {
    return this.#ends(id, false).countedBy
  }

  #ends(id: bigint, add: boolean): Ends {
    let ends = this.#young.get(id)
    if (ends !== undefined) return ends
    ends = this.#old.get(id)
    if (ends === undefined) {
      ends = { of: [undefined, undefined], countedBy: undefined }
      if (!add) return ends
    }
    if (this.#young.size >= this.perGeneration) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(id, ends)
    return ends
  }
}
