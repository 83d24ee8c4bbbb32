import type { Logger } from '@headwater/contracts'
import { FUTURE_MS } from './clock.js'
import { isFarOff, type TimedReport } from './reports.js'

/** Instances remembered; the one told of first goes first. */
const MAX_TOLD = 100_000

/** Tells, once per agent instance, that its clock is so far off that what it sends is put aside or lost to view. */
export class ClockWatch {
  readonly #told = new Set<string>()

  constructor(private readonly logger: Logger) {}

  look(report: TimedReport): void {
    const { cluster, node, instance, clock_offset_ms } = report
    if (!isFarOff(report) || this.#told.has(instance)) return
    this.#told.add(instance)
    if (this.#told.size > MAX_TOLD) this.#told.delete(this.#told.values().next().value as string)
    const off = `${Math.round(Math.abs(clock_offset_ms) / 60_000)} minutes`
    const what =
      clock_offset_ms < 0
        ? `${off} ahead of this machine's, and its flows are put aside (at most ${FUTURE_MS / 60_000} are taken)`
        : `${off} behind this machine's, and its flows are filed as long ago or put aside as too old`
    this.logger.warn(`the clock of a node is ${what}: set the clock of one of them, by NTP`, {
      cluster,
      node,
      instance,
    })
  }
}
