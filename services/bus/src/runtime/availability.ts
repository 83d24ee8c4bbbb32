import type { BusError, BusErrorCode, Logger } from '@headwater/contracts'

/** What is said where the other side is there and cannot be used. */
const unusable: Partial<Record<BusErrorCode, string>> = { 'no-topic': 'lacks a topic, trying again until it has it' }

/** Says once per change whether the other side can be reached and used. */
export class Availability {
  #state: string | undefined

  constructor(
    private readonly what: string,
    private readonly logger: Logger,
  ) {}

  up(): void {
    if (this.#state === 'connected') return
    this.#state = 'connected'
    this.logger.info(`${this.what}: connected`)
  }

  down({ code, message }: BusError): void {
    const state = unusable[code] ?? 'not reachable, trying again until it is'
    if (this.#state === state) return
    this.#state = state
    this.logger.warn(`${this.what}: ${state}`, { reason: message })
  }
}
