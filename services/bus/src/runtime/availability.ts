import type { Logger } from '@headwater/contracts'

/** Says once per change whether the other side can be reached. */
export class Availability {
  #up: boolean | undefined

  constructor(
    private readonly what: string,
    private readonly logger: Logger,
  ) {}

  up(): void {
    if (this.#up === true) return
    this.#up = true
    this.logger.info(`${this.what}: connected`)
  }

  down(reason: string): void {
    if (this.#up === false) return
    this.#up = false
    this.logger.warn(`${this.what}: not reachable, trying again until it is`, { reason })
  }
}
