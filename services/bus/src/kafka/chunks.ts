import type { KafkaMessage } from 'kafkajs'
import type { KafkaConnection } from './client.js'
import { committedIntents, type Intent } from './intents.js'

/** Messages that belong together. */
export interface Cut {
  messages: KafkaMessage[]
  intent: Intent
  /** Of the messages that were given, those up to here are in it. */
  to: number
}

/**
 * Cuts what is fetched of some topics into chunks that stay the same, whoever gets them again: before a chunk is handled, its last offset is committed beside its
 * first one (an intent). A consumer that takes a partition over finds it there and makes the very same chunk of the same messages.
 */
export class Chunks {
  /** Counts the times that partitions were shared out. */
  epoch = 0
  #loaded = new Map<string, Promise<Map<number, Intent>>>()
  readonly #open = new Map<string, Intent>()
  /** Beginnings of chunks that came in more than one fetch. */
  readonly #held = new Map<string, KafkaMessage[]>()

  /** @param maxBytes of values in a chunk, as the messages are: what is read at once and stored as one block */
  constructor(
    private readonly connection: KafkaConnection,
    private readonly group: () => string,
    private readonly topics: readonly string[],
    private readonly maxBytes: number,
  ) {}

  has(topic: string): boolean {
    return this.topics.includes(topic)
  }

  /** The consumer has joined: what it knew of its partitions may be out of date. */
  joined(): void {
    this.epoch++
    this.#loaded = new Map()
    this.#open.clear()
    this.#held.clear()
  }

  /** Knows what was under way in a partition. @throws where the broker does not say: nothing of it may be handled then */
  async load(topic: string, partition: number): Promise<void> {
    const place = `${topic}/${partition}`
    let asked = this.#loaded.get(topic)
    if (asked === undefined) {
      asked = committedIntents(this.connection, this.group(), topic)
      this.#loaded.set(topic, asked)
      asked.catch(() => this.#loaded.get(topic) === asked && this.#loaded.delete(topic))
    }
    const found = await asked
    const intent = found.get(partition)
    // Once: what comes after it is for this consumer to cut.
    found.delete(partition)
    if (intent !== undefined && this.#loaded.get(topic) === asked) this.#open.set(place, intent)
  }

  /**
   * The next chunk from `from` on. One that is only just made has an intent that is still to be committed (`again` is false).
   * @returns undefined where its end is not among these messages yet: they are kept
   */
  cut(place: string, messages: readonly KafkaMessage[], from: number, lastOffset: bigint): Cut | undefined {
    const open = this.#open.get(place)
    if (open === undefined) return this.#make(messages, from)
    let to = from
    while (to < messages.length && BigInt((messages[to] as KafkaMessage).offset) <= open.last) to++
    const all = [...(this.#held.get(place) ?? []), ...messages.slice(from, to)]
    if (to === messages.length && lastOffset < open.last) {
      this.#held.set(place, all)
      return undefined
    }
    return { messages: all, intent: open, to }
  }

  /** It is about to be handled: should that fail, the same comes again. */
  begin(place: string, { intent }: Cut): void {
    this.#open.set(place, { ...intent, again: true })
  }

  end(place: string): void {
    this.#open.delete(place)
    this.#held.delete(place)
  }

  #make(messages: readonly KafkaMessage[], from: number): Cut {
    let to = from
    for (let bytes = 0; to < messages.length; to++) {
      bytes += messages[to]?.value?.byteLength ?? 0
      if (bytes > this.maxBytes && to > from) break
    }
    const taken = messages.slice(from, to)
    const last = BigInt((taken.at(-1) as KafkaMessage).offset)
    return { messages: taken, intent: { last, made: Date.now(), again: false }, to }
  }
}
