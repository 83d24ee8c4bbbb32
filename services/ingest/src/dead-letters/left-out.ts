import { type BatchMeta, batchLabel, type DeliveredMessage, topics } from '@headwater/contracts'
import type { LeftOut as LeftOutBatch } from '@headwater/store'
import { FUTURE_MS, PAST_MS } from '../clock/clock.js'
import { spanOf } from '../rows/split.js'
import type { DeadLetter, DeadLetters } from './dead-letters.js'
import type { LeftOutKeeper } from './left-out-keeper.js'

/** What of a message is left out. */
export interface Left {
  message: DeliveredMessage
  kind: LeftOutBatch['kind']
  /** Of dead ones. */
  reason?: string
  /** The batch in it; left out where there is none to be read. */
  batch?: { meta: BatchMeta; rows: number; columns: { time: BigInt64Array } }
  /** How many of its rows, where it is not all. */
  rows?: number
  /** Copies of this batch that were left out here before: the bus does not tell these apart by their place. */
  copy?: number
}

/** The time of a batch, by which it is found beside those that are stored; no further off than the reports of its agent may be. */
function timeOf({ message, batch }: Left, now: number): number {
  const times = batch === undefined || batch.columns.time.length === 0 ? [] : [spanOf(batch.columns.time).to]
  // The time at which the bus had it may be that of its agent's clock, too.
  return [...times, message.timestamp].find((time) => time <= now + FUTURE_MS && time >= now - PAST_MS) ?? now
}

/** @param now Unix ms, at which the message was first tried */
export function leftOutBatch(left: Left, now: number): LeftOutBatch {
  const { message, kind, reason = '', batch } = left
  const { instance, sequence, rows } = batch === undefined ? batchLabel(message) : { ...batch.meta, rows: batch.rows }
  const part = left.rows !== undefined && left.rows < rows
  return {
    time: timeOf(left, now),
    ...{ instance, sequence, kind, reason },
    cluster: batch?.meta.cluster ?? '',
    node: batch?.meta.node ?? '',
    topic: message.topic === topics.dns ? 'dns' : 'flows',
    batches: part ? 0 : 1,
    rows: left.rows ?? rows,
  }
}

/**
 * What one attempt at some messages leaves out, and what it counts of them. Kept until the rest is stored, so that an attempt which is given back to
 * the bus leaves no trace: neither letters that come again with the next one, nor counters that no longer add up.
 */
export class LeftOut {
  readonly #letters: DeadLetter[] = []
  readonly #counts: (() => void)[] = []
  readonly #left: Left[] = []

  /**
   * @param position of the chunk that the messages are of, where the bus keeps such: then they have the same places when they come again
   * @param made Unix ms, at which they were first tried
   */
  constructor(
    private readonly position?: string,
    private readonly made = Date.now(),
  ) {}

  /** @param count what is counted once the letter is put aside @param left what of its batch is in the letter */
  letter(letter: DeadLetter, count: () => void, left: Omit<Left, 'message' | 'kind' | 'reason'> = {}): void {
    this.#letters.push(letter)
    this.#counts.push(count)
    this.#left.push({ ...left, message: letter.message, kind: 'dead', reason: letter.reason })
  }

  /** A batch whose rows are stored by another message. */
  duplicate(message: DeliveredMessage, batch: NonNullable<Left['batch']>, count: () => void, copy?: number): void {
    this.#counts.push(count)
    this.#left.push({ message, batch, kind: 'duplicate', ...(copy !== undefined && { copy }) })
  }

  count(count: () => void): void {
    this.#counts.push(count)
  }

  /** Puts the letters so far aside, before anything is stored: for those that the next attempt would not have. @throws as DeadLetters.put */
  async putAside(deadLetters: DeadLetters): Promise<void> {
    await deadLetters.put(...this.#letters)
    this.#letters.length = 0
  }

  /** @throws BusError as DeadLetters.put and LeftOutKeeper.keep: all of it has to come again */
  async settle(deadLetters: DeadLetters, keeper: LeftOutKeeper): Promise<void> {
    // First, since it is stored once however often it comes: a letter on the bus is another one each time.
    await keeper.keep(this.#left, this.made, this.position)
    await this.putAside(deadLetters)
    for (const count of this.#counts) count()
  }
}
