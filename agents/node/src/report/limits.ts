import type { Limit, Logger } from '@headwater/contracts'
import type { Probe } from '@headwater/native'

/** What can run out on this node. It is read on the probe's thread, so a report tells what was read since the one before. */
export class Limits {
  told: readonly Limit[] = []
  readonly #probe: Pick<Probe, 'limits'>
  readonly #logger: Logger
  #failing = false

  constructor(probe: Pick<Probe, 'limits'>, logger: Logger) {
    this.#probe = probe
    this.#logger = logger
  }

  /** Reads anew; never rejects. */
  async read(): Promise<void> {
    try {
      this.told = await this.#probe.limits()
      this.#failing = false
    } catch (cause) {
      // What was known is of another time.
      this.told = []
      if (!this.#failing) this.#logger.warn(`the limits of the kernel cannot be read: ${(cause as Error).message}`)
      this.#failing = true
    }
  }
}
