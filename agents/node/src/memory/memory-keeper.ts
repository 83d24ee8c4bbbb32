import { giveBackMemory } from '@headwater/native'

/** When what the start has needed is free again. */
const FIRST_MS = 5_000
const EACH_MS = 60_000

/**
 * Gives back what threads of the runtime have freed and the C library keeps, after the start and then each minute: Node's threads
 * each have an arena of their own, 20 MB together after loading the agent's code.
 */
export class MemoryKeeper {
  #timer: NodeJS.Timeout | undefined

  start(): void {
    this.#wait(FIRST_MS)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => {
      giveBackMemory()
      this.#wait(EACH_MS)
    }, ms).unref()
  }
}
