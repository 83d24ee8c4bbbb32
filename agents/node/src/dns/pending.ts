import type { DnsMessage } from './message.js'

/** Time without an answer after which a question counts as timed out: what resolvers usually wait. */
export const TIMEOUT_NS = 5e9
/** Questions that are waited for at once. */
export const MAX_PENDING = 16_384

/** A question on its way: `who` is of the caller's. */
export interface Pending<W> {
  key: string
  name: string
  type: string
  /** Boot ns. */
  askedNs: number
  who: W
}

/** By socket and number of the question. The addresses are no part of it: translation may show the answer from another than was asked. */
export const pendingKey = (cookieLo: number, cookieHi: number, id: number): string => `${cookieHi}.${cookieLo}.${id}`

/** Questions without an answer yet, oldest first. */
export class PendingQuestions<W> {
  #pending = new Map<string, Pending<W>>()

  constructor(private readonly max = MAX_PENDING) {}

  get size(): number {
    return this.#pending.size
  }

  get(key: string): Pending<W> | undefined {
    return this.#pending.get(key)
  }

  /** One that is waited for under the same number leaves. @returns whether the oldest had to be given up for it */
  ask(question: Pending<W>): boolean {
    this.#pending.delete(question.key)
    const full = this.#pending.size >= this.max
    if (full) this.#pending.delete(this.#pending.keys().next().value as string)
    this.#pending.set(question.key, question)
    return full
  }

  /** The question that an answer belongs to, which is no longer waited for; 'other' where another one was asked under that number. */
  answer(key: string, { name, type }: DnsMessage): Pending<W> | 'other' | undefined {
    const found = this.#pending.get(key)
    if (found === undefined) return undefined
    // An answer without a question tells that it could not be read.
    if (name !== '' && (name !== found.name || type !== found.type)) return 'other'
    this.#pending.delete(key)
    return found
  }

  /** @returns how many were waited for */
  clear(): number {
    const { size } = this.#pending
    this.#pending.clear()
    return size
  }

  /** Takes out what was asked before a time. They are in the order of their records, which is nearly that of time. */
  takeBefore(bootNs: number): Pending<W>[] {
    const taken: Pending<W>[] = []
    for (const question of this.#pending.values()) {
      if (question.askedNs >= bootNs) break
      taken.push(question)
    }
    for (const { key } of taken) this.#pending.delete(key)
    return taken
  }
}
