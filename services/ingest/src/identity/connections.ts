import type { Words } from '../columns/words.js'
import { ConnectionTable, NO_SLOT } from './connection-table.js'
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

/**
 * The ends of recent connections by connection id, so that either end's rows can name the other. Bounded, in two generations: when the young one is full
 * it becomes the old one, and what nobody asked for meanwhile is forgotten.
 */
export class Connections {
  #young = new ConnectionTable<End>()
  #old = new ConnectionTable<End>()
  #turns = 0
  /** Of no meaning: the engine leaves out reads of which nothing comes. */
  fetched = 0

  /** @param perGeneration connections held of each, so twice as many at most */
  constructor(private readonly perGeneration = 100_000) {}

  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** Another number once slots that were given out are no longer those of their connections. */
  get moves(): number {
    return this.#turns
  }

  /** Before the connections of a batch's rows are looked up: most of what that takes is waiting for memory. */
  fetch(ids: Words): void {
    this.fetched = this.#young.fetch(ids) | this.#old.fetch(ids)
  }

  /** @param row of `ids`, whose id is not 0 @returns its slot */
  see(ids: Words, row: number, role: Role, end: End): number {
    const slot = this.#made(ids, row)
    this.#young.setEnd(slot, role, end)
    return slot
  }

  /** @returns what the two below take until the next is seen; NO_SLOT of one that is unknown */
  find(ids: Words, row: number): number {
    return this.#slot(ids, row)
  }

  /** The other end than that of `role`. */
  otherAt(slot: number, role: Role): End | undefined {
    return slot === NO_SLOT ? undefined : this.#young.end(slot, role === 0 ? 1 : 0)
  }

  /** Whose server's rows count; undefined where the client's do. */
  serverCountedByAt(slot: number): string | undefined {
    return slot === NO_SLOT ? undefined : this.#young.countedBy(slot)
  }

  other(ids: Words, row: number, role: Role): End | undefined {
    return this.otherAt(this.#slot(ids, row), role)
  }

  /**
   * The server's rows count: nobody was known to watch the client. They go on to when that becomes known, lest the client's count too.
   * @param instance of the agent at the server's end
   */
  countServer(ids: Words, row: number, instance: string): void {
    const slot = this.#made(ids, row)
    this.#young.setCountedBy(slot, instance)
  }

  /** Whose server's rows count; undefined where the client's do. */
  serverCountedBy(ids: Words, row: number): string | undefined {
    return this.serverCountedByAt(this.#slot(ids, row))
  }

  /** The young slot of a known one: what is asked for is young again. */
  #slot(ids: Words, row: number): number {
    const low = ids[2 * row] as number
    const high = ids[2 * row + 1] as number
    const slot = this.#young.find(low, high)
    if (slot !== NO_SLOT) return slot
    const old = this.#old.find(low, high)
    if (old === NO_SLOT) return NO_SLOT
    const from = this.#old
    const [client, server, counted] = [from.end(old, 0), from.end(old, 1), from.countedBy(old)]
    const young = this.#add(low, high)
    this.#young.setEnd(young, 0, client)
    this.#young.setEnd(young, 1, server)
    this.#young.setCountedBy(young, counted)
    return young
  }

  #made(ids: Words, row: number): number {
    const slot = this.#slot(ids, row)
    return slot === NO_SLOT ? this.#add(ids[2 * row] as number, ids[2 * row + 1] as number) : slot
  }

  #add(low: number, high: number): number {
    if (this.#young.size >= this.perGeneration) {
      const gone = this.#old
      this.#old = this.#young
      gone.clear()
      this.#turns++
      this.#young = gone
    }
    return this.#young.add(low, high)
  }
}
