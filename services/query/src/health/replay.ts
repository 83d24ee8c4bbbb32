import type { HealthState } from '@headwater/contracts'
import { type Bin, type EdgeFacts, Windows } from './bins.js'
import { attempts, type Evidence, looked, looks, type Overflow } from './evidence.js'
import { type Finding, hasSample, isSignOf, judge, type Level } from './judge.js'
import { thresholds, timing } from './thresholds.js'

/** Bins of one edge by step, 0 the oldest; a step without rows has none. */
export interface History extends EdgeFacts {
  bins: ReadonlyMap<number, Bin>
  /** Overflow of the server's listeners by step. */
  overflows: ReadonlyMap<number, Overflow>
}

/** What the replay of an edge's windows ends with. */
export interface Verdict {
  state: HealthState
  finding: Finding | undefined
  /** Length of the window of the finding, and how long ago it ended; ms. */
  window: number
  age: number
  /** End of the window with which the state began, in steps; undefined where the first window has it already. */
  since: number | undefined
  samples: number
}

export const STEPS = timing.read / timing.step
const LONG = timing.window / timing.step
const SHORT = timing.shortWindow / timing.step
const WORSE = timing.worseAfter / timing.step
const LINGERS = timing.overflowLingers / timing.step
const BETTER = timing.betterAfter / timing.step

interface Seen {
  finding: Finding | undefined
  window: number
  at: number
}

const level = (seen: Seen): Level => seen.finding?.level ?? 0

/**
 * Overflow that a window sees. It is a sign of its own where the short window has it: its reports stand for a while already. It
 * explains what else goes wrong in the window also from before: what was dropped then fails in it.
 */
function overflowOf({ overflows }: History, last: number, length: number): Overflow | undefined {
  if (overflows.size === 0) return undefined
  const steps = Array.from({ length: length + LINGERS }, (_, i) => last - i)
  if (!steps.some((step) => overflows.has(step))) return undefined
  const seen = steps.slice(0, length).flatMap((step) => overflows.get(step) ?? [])
  return {
    drops: seen.reduce((sum, o) => sum + o.drops, 0),
    full: seen.some((o) => o.full),
    over: !steps.slice(0, SHORT).some((step) => overflows.has(step)),
  }
}

/** The replay of one edge: what each window shows, and the state that follows from them. */
class Replay {
  private state: Level = 0
  private since: number | undefined
  private decided: Seen = { finding: undefined, window: 0, at: 0 }
  /** Windows look no farther back: what was before a recovery is done with. */
  private first = 0
  private lastBad = -1
  private readonly worse: Level[] = []
  private readonly clear: Level[] = []

  private readonly windows: Windows

  constructor(private readonly history: History) {
    this.windows = new Windows(history.bins, STEPS)
  }

  run(): Verdict {
    for (let last = LONG - 1; last < STEPS; last++) this.step(last, last === LONG - 1)
    return this.verdict()
  }

  private window(last: number, length: number): Evidence {
    const { history } = this
    const first = Math.max(this.first, last - length + 1)
    return this.windows.evidence(first, last, history, overflowOf(history, last, length))
  }

  private step(last: number, begin: boolean): void {
    const [long, short] = [this.window(last, LONG), this.window(last, SHORT)]
    const seenLong: Seen = { finding: judge(long), window: timing.window, at: last }
    const seenShort: Seen = { finding: judge(short), window: timing.shortWindow, at: last }
    // The short window is the fresher word where both say the same; the last signs of a trouble that passes are not another one.
    const longer =
      level(seenLong) > level(seenShort) ||
      (level(seenLong) === level(seenShort) && isSignOf(seenShort.finding, seenLong.finding))
    const up = longer ? seenLong : seenShort
    const cause = this.decided.finding?.cause
    const down = cause !== undefined && !hasSample(short, cause) ? level(seenLong) : level(seenShort)
    if (level(up) > 0) this.lastBad = last
    this.worse.push(level(up))
    this.clear.push(down)
    if (begin) this.enter(level(up), undefined, up)
    else this.move(last, up)
    if (level(up) >= this.state && level(up) > 0) this.decided = up
  }

  private enter(to: Level, since: number | undefined, seen: Seen): void {
    this.state = to
    this.since = since
    if (seen.finding) this.decided = seen
  }

  private move(last: number, up: Seen): void {
    const shown = this.worse.slice(-WORSE)
    const worse = Math.min(...shown) as Level
    if (shown.length === WORSE && worse > this.state) {
      this.clear.length = 0
      this.enter(worse, last, up)
      return
    }
    const recent = this.clear.slice(-BETTER)
    const better = Math.max(...recent) as Level
    if (this.state === 0 || recent.length < BETTER || better >= this.state) return
    this.enter(better, last, up)
    this.first = last - BETTER - SHORT + 2
    this.worse.length = 0
  }

  private verdict(): Verdict {
    const { history, decided } = this
    const age = (STEPS - 1 - decided.at) * timing.step
    // What decides a bad state is the window; that nothing is wrong is said of all that was read.
    const seen = this.windows.evidence(this.state > 0 ? STEPS - LONG : 0, STEPS - 1, history, undefined)
    const samples = Math.round(looked(seen))
    const common = { window: decided.window, age, since: this.since, samples }
    if (this.state > 0)
      return { ...common, state: this.state === 2 ? 'unhealthy' : 'degraded', finding: decided.finding }
    // Of what was in trouble only what came after it speaks for its health.
    const from = this.lastBad < 0 ? 0 : this.lastBad - SHORT + 1
    const good = [...history.bins].filter(([step]) => step >= from).reduce((sum, [, bin]) => sum + looks(bin.counts), 0)
    const enough = good >= (this.lastBad < 0 ? thresholds.healthySample : 1)
    return { ...common, state: enough ? 'healthy' : 'unknown', finding: undefined }
  }
}

/**
 * State of an edge now, out of its rows of the last minutes alone: who replays the same rows comes to the same. It gets worse
 * when windows in a row show it, better when windows in a row are clear of it.
 */
export const replay = (history: History): Verdict => new Replay(history).run()

/** State over one whole range, without hysteresis. */
export function judgeRange(whole: Evidence): Pick<Verdict, 'state' | 'finding' | 'samples'> {
  const finding = judge(whole)
  const samples = looked(whole)
  if (finding) return { state: finding.level === 2 ? 'unhealthy' : 'degraded', finding, samples }
  const enough = looks(whole) >= thresholds.healthySample
  return { state: enough ? 'healthy' : 'unknown', finding: undefined, samples: Math.max(samples, attempts(whole)) }
}

/** When a state began, Unix ms. One that held in the first window already is said to hold since then. @param from start of step 0 */
export const sinceOf = (step: number | undefined, from: number): number =>
  from + (step === undefined ? timing.window : (step + 1) * timing.step)
