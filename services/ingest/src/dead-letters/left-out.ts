import { type DeadLetter, DeadLetters } from './dead-letters.js'

/**
 * What one attempt at some messages leaves out, and what it counts of them. Kept until the rest is stored, so that an attempt which is given back to
 * the bus leaves no trace: neither letters that come again with the next one, nor counters that no longer add up.
 */
export class LeftOut {
  readonly #letters: DeadLetter[] = []
  readonly #counts: (() => void)[] = []

  /** @param count what is counted once the letter is put aside */
  letter(letter: DeadLetter, count: () => void): void {
    this.#letters.push(letter)
    this.#counts.push(count)
  }

  count(count: () => void): void {
    this.#counts.push(count)
  }

  /** Puts the letters so far aside, before anything is stored: for those that the next attempt would not have. @throws as DeadLetters.put */
  async putAside(deadLetters: DeadLetters): Promise<void> {
    await deadLetters.put(...this.#letters)
    this.#letters.length = 0
  }

  /** @throws as DeadLetters.put */
  async settle(deadLetters: DeadLetters): Promise<void> {
    await this.putAside(deadLetters)
    for (const count of this.#counts) count()
  }
}
