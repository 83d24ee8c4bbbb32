import { giveBackMemory, keepLargeBlocksApart } from '@headwater/native'

/** Arenas fill again within seconds where there are many connections. */
const EACH_MS = 5000

/**
 * Gives back what has been freed and the C library keeps: Node's threads each have an arena of their own, 20 MB together after
 * loading the agent's code, 30 MB while walks over 200,000 sockets are read.
 */
export class MemoryKeeper {
  #timer: NodeJS.Timeout | undefined

  constructor(private readonly eachMs = EACH_MS) {}

  start(): void {
    keepLargeBlocksApart()
    this.#timer ??= setInterval(giveBackMemory, this.eachMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
