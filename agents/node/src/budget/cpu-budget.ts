/** CPU time is judged over this, from the last change on: each change shows what it brought before the next. In ms. */
export const WINDOW_MS = 30_000
/** What was given up comes back where no more than this of the budget was used, for two windows. */
const ROOM = 0.8
const QUIET_WINDOWS = 2
/** Taking back what then proves too much makes the next time wait twice as long, at most so many times. */
const MOST_PATIENCE = 16

interface Sample {
  ms: number
  cpuUs: number
}

/** Judges CPU time against a budget, and says how many steps are to be given up. It does nothing itself. */
export class CpuBudget {
  /** Steps that are to be given up now. */
  level = 0
  /** Share of one core over the last window; 0 before there was one. */
  used = 0
  readonly #share: number
  readonly #steps: number
  readonly #windowMs: number
  #began: number | undefined
  /** The oldest is where the window begins. */
  #samples: Sample[] = []
  /** Since when there is room. */
  #roomMs = 0
  #patience = 1
  #tookBack = false

  /** @param share of one core @param steps how many there are to give up @param windowMs default 30 s */
  constructor(share: number, steps: number, windowMs = WINDOW_MS) {
    this.#share = share
    this.#steps = steps
    this.#windowMs = windowMs
  }

  /** @param ms monotonic @param cpuUs cumulative @returns whether the level has changed */
  look(ms: number, cpuUs: number): boolean {
    // A program that has just started warms up: its first window says nothing.
    this.#began ??= ms
    if (ms - this.#began < this.#windowMs) return false
    this.#samples.push({ ms, cpuUs })
    while ((this.#samples[1]?.ms ?? ms) <= ms - this.#windowMs && this.#samples.length > 2) this.#samples.shift()
    const [begin] = this.#samples
    if (begin === undefined || ms - begin.ms < this.#windowMs) return false
    this.used = (cpuUs - begin.cpuUs) / 1000 / (ms - begin.ms)
    if (this.used > this.#share) return this.level < this.#steps && this.#giveUp({ ms, cpuUs })
    if (this.used > this.#share * ROOM) this.#roomMs = ms
    const quiet = ms - this.#roomMs >= this.#windowMs * QUIET_WINDOWS * this.#patience
    return quiet && this.level > 0 && this.#takeBack({ ms, cpuUs })
  }

  #giveUp(at: Sample): true {
    if (this.#tookBack) this.#patience = Math.min(MOST_PATIENCE, this.#patience * 2)
    this.#tookBack = false
    this.level++
    return this.#anew(at)
  }

  #takeBack(at: Sample): true {
    // What was taken back before has proved bearable.
    if (this.#tookBack) this.#patience = 1
    this.#tookBack = true
    this.level--
    return this.#anew(at)
  }

  #anew(at: Sample): true {
    this.#samples = [at]
    this.#roomMs = at.ms
    return true
  }
}
