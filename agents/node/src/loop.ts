import type { Logger } from '@headwater/contracts'
import type { Probe } from '@headwater/native'
import type { Budget } from './budget/budget.js'
import type { ReadInterfaces } from './endpoints/interfaces.js'
import type { Pipeline } from './pipeline.js'

/** Records taken in one go: they stay in a core's own cache until they are read, and a burst leaves room for the bus's own work in between. */
const MAX_RECORDS = 1024
/** While records come. To wake up costs some 0.2 ms whatever there is to do, since nothing of the agent is in a cache by then: as much as 200 rows. */
const BUSY_MS = 50
/** At the least: where more than `RECORDS_PER_TURN`, a seventh of the ring, come in BUSY_MS. */
const PRESSED_MS = 20
const RECORDS_PER_TURN = 2048
const IDLE_MS = 100
/** From a report to one that a walk brings about, at the least: the walk may fall due with the report, and end just after it. */
const EARLY_MS = 500
/** While a walk fills the ring. */
const WALKING_MS = 5
/** Headwater's own rows wait for company this long. */
const SELF_FLUSH_MS = 30_000
const OFFSET_MS = 60_000
const EXPIRE_MS = 60_000
/** A walk over slots may put off for so long what has lost its slot (native/addon/rotation.cc). */
const SLOTLESS_MS = 300_000
/** Turns that fail one after the other before the owner is told. */
const FATAL_FAILURES = 20

export interface LoopOptions {
  probe: Probe
  pipeline: Pipeline
  interfaces: ReadInterfaces
  intervalMs: number
  /** Says how often to walk, and wants to look from time to time. Default: none, each `intervalMs`. */
  budget?: Pick<Budget, 'walkMs' | 'look'>
  flushMs: number
  reportMs: number
  logger: Logger
  report: () => void
  onFailed: (error: Error) => void
}

/**
 * The agent's one timer, on the monotonic clock: takes the kernel's records, and sees to walks, flushes and reports as they fall due. It turns every
 * 50 ms while records come, down to 20 ms where they are many, and slows down to 100 ms when none do.
 */
export class Loop {
  /** Walks that were late, since the one before was not at its end. */
  walksOverrun = 0
  readonly #o: LoopOptions
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined
  #wait = BUSY_MS
  /** Records since the loop waited last, and when it began to. */
  #taken = 0
  #waitedAt = 0
  #offset = 0
  #offsetDue = 0
  #flushedAt = 0
  #endpointsAt = 0
  #walkAt = 0
  /** When the walk was due that an unfinished one held up. */
  #heldUpAt = 0
  #reportAt = 0
  #expireAt = 0
  #walking: Promise<void> | undefined
  #walkFailing = false
  #failures = 0
  #stopped = true

  constructor(options: LoopOptions) {
    this.#o = options
  }

  start(): void {
    const now = performance.now()
    this.#stopped = false
    this.#waitedAt = now
    this.#flushedAt = now
    this.#walkAt = now + this.#o.intervalMs
    this.#reportAt = now + this.#o.reportMs
    this.#schedule(0)
  }

  /** A last walk of at most `walkMs`, then everything that is in the ring. */
  async stop(walkMs: number): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
    // One that is under way may have passed what has changed since.
    if (this.#walking !== undefined) await Promise.race([this.#walking, delay(walkMs)])
    let walked = false
    const walk = this.#walk().finally(() => {
      walked = true
    })
    const deadline = performance.now() + walkMs
    while (!walked && performance.now() < deadline) {
      this.#drain()
      await delay(WALKING_MS)
    }
    if (walked) await walk
    this.#drain()
  }

  /** DNS is no longer seen. What was seen before is read first. */
  forgetDns(): void {
    this.#consumeDns()
    this.#o.pipeline.dns.forget()
  }

  #schedule(ms: number): void {
    if (this.#stopped) return
    if (ms === 0) this.#immediate = setImmediate(() => this.#turn())
    else this.#timer = setTimeout(() => this.#turn(), ms)
  }

  #turn(): void {
    let records = 0
    try {
      records = this.#consume()
      this.#consumeDns()
      this.#due(performance.now())
      this.#failures = 0
    } catch (cause) {
      this.#failed(cause as Error)
    }
    this.#taken += records
    if (records === MAX_RECORDS) {
      this.#schedule(0)
      return
    }
    this.#wait = this.#pace(performance.now())
    this.#schedule(this.#walking === undefined ? Math.round(this.#wait) : WALKING_MS)
  }

  /** Ms until the next turn, by what has come since the last wait began. */
  #pace(now: number): number {
    const records = this.#taken
    const ms = now - this.#waitedAt
    this.#taken = 0
    this.#waitedAt = now
    if (records === 0) return Math.min(IDLE_MS, this.#wait * 1.5)
    return Math.min(BUSY_MS, Math.max(PRESSED_MS, (ms * RECORDS_PER_TURN) / records))
  }

  #consume(): number {
    const records = this.#o.probe.consume(MAX_RECORDS)
    if (records === undefined) return 0
    this.#o.pipeline.take(records, this.#o.probe.layout, this.#bootOffset())
    return records.length
  }

  #consumeDns(): void {
    const { probe, pipeline } = this.#o
    const offset = this.#bootOffset()
    const records = probe.consumeDns(MAX_RECORDS)
    if (records !== undefined) pipeline.takeDns(records, probe.dnsLayout, offset)
    // How long a question has waited is told by the time since boot: the wall clock may have been set since the offset was read.
    pipeline.dns.expire(Date.now() - probe.bootOffsetMs(), offset)
  }

  #drain(): void {
    try {
      while (this.#consume() > 0);
      this.#consumeDns()
    } catch (cause) {
      this.#o.logger.error(`records could not be read: ${(cause as Error).message}`)
    }
  }

  #due(now: number): void {
    const { pipeline, flushMs, intervalMs, reportMs, report, budget } = this.#o
    budget?.look(now)
    // While the bus is away rows are better kept in few large batches.
    const urgentMs = pipeline.connected ? flushMs : Math.min(flushMs * 10, SELF_FLUSH_MS)
    if (now - this.#flushedAt >= (pipeline.urgent ? urgentMs : SELF_FLUSH_MS)) {
      pipeline.flush()
      this.#flushedAt = now
      this.#endpointsAt = now
    } else if (now - this.#endpointsAt >= urgentMs && pipeline.endpointsChanged(Date.now())) {
      pipeline.flushEndpoints()
      this.#endpointsAt = now
    }
    if (now >= this.#walkAt && this.#walking !== undefined && this.#heldUpAt !== this.#walkAt) {
      this.#heldUpAt = this.#walkAt
      this.walksOverrun++
    }
    if (now >= this.#walkAt && this.#walking === undefined) {
      this.#walkAt = now + (budget?.walkMs ?? intervalMs)
      pipeline.dns.renew()
      this.#walking = this.#walk().finally(() => {
        this.#walking = undefined
      })
    }
    // A queue that overflows is told of with the walk that shows it: whoever judges its clients' failures waits for that.
    const sinceReport = now - (this.#reportAt - reportMs)
    const early = pipeline.listeners.overflowed && sinceReport >= EARLY_MS
    if (now < this.#reportAt && !early) return
    this.#reportAt = now + reportMs
    report()
  }

  async #walk(): Promise<void> {
    const { probe, logger, pipeline, interfaces, budget } = this.#o
    const intervalMs = budget?.walkMs ?? this.#o.intervalMs
    try {
      const { failed } = await probe.walk()
      if (performance.now() >= this.#expireAt) {
        // What the walk has just told counts as heard, also after the machine has slept.
        this.#drain()
        const now = Date.now()
        // The offset kept for rows may be a minute old, and the wall clock set since.
        if (failed === 0) pipeline.expire(now, now - probe.bootOffsetMs(), this.#unheardMs(intervalMs))
        if (!this.#stopped) pipeline.scan(now, await interfaces())
        this.#expireAt = performance.now() + EXPIRE_MS
      }
      if (this.#walkFailing) logger.info('walks over the live connections work again')
      this.#walkFailing = false
    } catch (cause) {
      if (!this.#walkFailing) logger.warn(`a walk over the live connections failed: ${(cause as Error).message}`)
      this.#walkFailing = true
    }
  }

  /** For how long walks may not tell of a listener that is there: a keep-alive, and what comes too late. */
  #unheardMs(intervalMs: number): number {
    const slotless = (this.#o.probe.counters().walk_slot_passes ?? 0) > 0 ? SLOTLESS_MS : 0
    return Math.max(90_000, intervalMs * 6) + slotless
  }

  #bootOffset(): number {
    const now = performance.now()
    if (now >= this.#offsetDue) {
      this.#offsetDue = now + OFFSET_MS
      this.#offset = this.#o.probe.bootOffsetMs()
    }
    return this.#offset
  }

  #failed(error: Error): void {
    if (this.#failures === 0) this.#o.logger.error(`a turn of the agent failed: ${error.message}`)
    if (++this.#failures === FATAL_FAILURES) this.#o.onFailed(error)
  }
}

const delay = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
