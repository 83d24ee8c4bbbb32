import { setTimeout as sleep } from 'node:timers/promises'
import { BusError, type BusProducer, type Logger } from '@headwater/contracts/producer'
import { Backoff } from './backoff.js'
import { type Parcel, ParcelQueue } from './queue.js'

/** Parcels published together when they have piled up; bytes bound what is sent again after a failure. */
const GROUP_PARCELS = 16
const GROUP_BYTES = 4 * 1024 * 1024

export interface OutboxOptions {
  producer: BusProducer
  queueBytes: number
  logger: Logger
  /** A parcel will not be delivered. */
  onDrop: (parcel: Parcel, reason: string) => void
  /** The bus refuses this agent (unauthorized, misconfigured): it is asked again, but somebody has to mend it. Told once. */
  onRefused: (error: Error) => void
  backoff?: Backoff
}

const asBusError = (e: unknown): BusError =>
  e instanceof BusError ? e : new BusError('unavailable', e instanceof Error ? e.message : String(e), { cause: e })

/**
 * Between the agent and the bus: takes at once, sends one publish at a time in order, and tries again. The agent never waits
 * for it. What finds no room, or is too large for the bus, goes to `onDrop`. Errors that are no message's fault keep every
 * message within the bound, also those that do not mend themselves.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #queue: ParcelQueue
  readonly #backoff: Backoff
  #wake = Promise.withResolvers<void>()
  #abort = new AbortController()
  #stopped = false
  #running: Promise<void> | undefined
  #started = false
  #singly = false
  #awaySince = 0
  #awayCode = ''
  #full = 0

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#backoff = options.backoff ?? new Backoff()
    this.#queue = new ParcelQueue(options.queueBytes, (parcel) => this.#overflow(parcel))
  }

  get waiting(): { parcels: number; rows: number; bytes: number } {
    return { parcels: this.#queue.length, rows: this.#queue.rows, bytes: this.#queue.bytes }
  }

  /** False while the last attempt failed, or none was made yet. */
  get connected(): boolean {
    return this.#started && this.#awaySince === 0
  }

  start(): void {
    this.#running ??= this.#run()
  }

  push(parcel: Parcel): void {
    this.#queue.push(parcel)
    this.#wake.resolve()
  }

  /** Sends what is queued until it is empty or `ms` have passed, then stops the producer; the rest is dropped as `undelivered`. */
  async stop(ms: number): Promise<void> {
    const deadline = performance.now() + ms
    for (let turn = 0; this.#queue.length > 0 && performance.now() < deadline; turn++) {
      // A wait between attempts is cut short now and then: there is no later.
      if (turn % 20 === 0) this.#abort.abort()
      await sleep(10)
    }
    this.#stopped = true
    this.#abort.abort()
    this.#wake.resolve()
    await Promise.race([this.#running, sleep(50)])
    const rest = this.#queue.clear()
    for (const parcel of rest) this.#options.onDrop(parcel, 'undelivered')
    const rows = rest.reduce((sum, p) => sum + p.rows, 0)
    if (rest.length > 0)
      this.#options.logger.error('stopped with messages that the bus did not take', { messages: rest.length, rows })
    const stopping = this.#options.producer.stop().catch((cause) => {
      this.#options.logger.warn(`bus producer did not stop cleanly: ${asBusError(cause).message}`)
    })
    await Promise.race([stopping, sleep(1000, undefined, { ref: false })])
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      if (!this.#started) await this.#startProducer()
      else if (this.#queue.length > 0) await this.#send()
      else {
        await this.#wake.promise
        this.#wake = Promise.withResolvers()
      }
    }
  }

  async #startProducer(): Promise<void> {
    try {
      await this.#options.producer.start()
      this.#started = true
      this.#back()
    } catch (cause) {
      await this.#away(asBusError(cause))
    }
  }

  async #send(): Promise<void> {
    const parcels = this.#queue.take(this.#singly ? 1 : GROUP_PARCELS, GROUP_BYTES)
    try {
      await this.#options.producer.publish(parcels.flatMap((p) => p.messages))
      if (this.#stopped) return
      this.#queue.settle(true)
      for (const parcel of parcels) parcel.recycle?.()
      this.#singly = false
      this.#back()
    } catch (cause) {
      if (this.#stopped) return
      await this.#failed(parcels, asBusError(cause))
    }
  }

  async #failed(parcels: Parcel[], error: BusError): Promise<void> {
    // What was given up may be under way still: nothing else is to be written there.
    for (const parcel of parcels) delete parcel.recycle
    if (error.code !== 'too-large') {
      this.#queue.settle(false)
      return this.#away(error)
    }
    // One of several is to blame: each is sent alone, so that only that one is lost.
    this.#singly = parcels.length > 1
    this.#queue.settle(!this.#singly)
    if (this.#singly) return
    const [parcel] = parcels as [Parcel]
    this.#options.logger.error(`the bus refused a message: ${error.message}`, {
      code: error.code,
      kind: parcel.kind,
      rows: parcel.rows,
    })
    this.#options.onDrop(parcel, `bus-${error.code}`)
  }

  async #away(error: BusError): Promise<void> {
    if (this.#awaySince === 0 || this.#awayCode !== error.code) {
      this.#options.logger[error.retryable ? 'warn' : 'error'](
        `the bus does not take messages: ${error.message}; they are kept and sent again`,
        { code: error.code, ...this.waiting },
      )
      if (!error.retryable) this.#options.onRefused(error)
    }
    this.#awaySince ||= performance.now()
    this.#awayCode = error.code
    const ms = this.#backoff.next(error.options.retryAfterMs)
    this.#abort = new AbortController()
    await sleep(ms, undefined, { signal: this.#abort.signal }).catch(() => {})
  }

  #back(): void {
    this.#backoff.reset()
    if (this.#awaySince === 0) return
    this.#options.logger.info('the bus takes messages again', {
      away_ms: Math.round(performance.now() - this.#awaySince),
      dropped_rows: this.#full,
    })
    this.#awaySince = 0
    this.#full = 0
  }

  #overflow(parcel: Parcel): void {
    if (this.#full === 0)
      this.#options.logger.warn('the queue to the bus is full: the oldest messages go, counted as outbox-full', {
        ...this.waiting,
      })
    this.#full += Math.max(parcel.rows, 1)
    this.#options.onDrop(parcel, 'outbox-full')
  }
}
