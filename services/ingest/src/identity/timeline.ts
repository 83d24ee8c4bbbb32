import type { Span } from './span.js'

/** A value and the Unix ms from which, and before which, it held. */
export interface Version<T> {
  from: number
  to: number | null
  value: T
}

/**
 * An agent finds a holder some time after it began to hold (a walk, a start). Where nobody held before, what was found is taken to
 * have held for as long before.
 */
const FOUND_LATE_MS = 15_000

/** Versions kept of one key; the oldest go first. */
const MAX_VERSIONS = 16

/** What held when, oldest first. Versions may overlap, and end where nobody says so. */
export class Timeline<T> {
  readonly #versions: Version<T>[] = []

  /** Adds a version, or replaces the one of the same start that `same` recognises. @returns whether anything changed */
  put(version: Version<T>, same: (value: T) => boolean): boolean {
    const at = this.#versions.findIndex((v) => v.from === version.from && same(v.value))
    if (at >= 0) {
      const changed = this.#versions[at]?.to !== version.to
      this.#versions[at] = version
      return changed
    }
    const before = this.#versions.findLastIndex((v) => v.from <= version.from)
    this.#versions.splice(before + 1, 0, version)
    if (this.#versions.length > MAX_VERSIONS) this.#versions.shift()
    return true
  }

  /** What ended last before `time`, at most `withinMs` ago. @param span of the answer */
  endedBefore(time: number, withinMs: number, span?: Span): T | undefined {
    if (span !== undefined)
      for (const { to } of this.#versions)
        if (to !== null) {
          span.narrow(time, to)
          span.narrow(time, to + withinMs + 1)
        }
    let last: (Version<T> & { to: number }) | undefined
    for (const { from, to, value } of this.#versions)
      if (to !== null && to <= time && time - to <= withinMs && (last === undefined || to >= last.to))
        last = { from, to, value }
    return last?.value
  }

  /** All that held at `time`, the newest first. @param span of the answer @param found where they are put: an empty list */
  at(time: number, span?: Span, found: T[] = []): T[] {
    if (span !== undefined) this.#narrow(span, time)
    for (let i = this.#versions.length - 1; i >= 0; i--) {
      const { from, to, value } = this.#versions[i] as Version<T>
      if (from <= time && (to === null || time < to)) found.push(value)
    }
    if (found.length > 0) return found
    const late = this.#foundLate(time)
    if (late !== undefined) found.push(late.value)
    return found
  }

  /** Whether one that held at `time` is such. */
  isAt(time: number, such: (value: T) => boolean): boolean {
    return this.at(time).some(such)
  }

  /** The newest that held at `time`. @param span of the answer */
  newestAt(time: number, span?: Span): T | undefined {
    if (span !== undefined) this.#narrow(span, time)
    for (let i = this.#versions.length - 1; i >= 0; i--) {
      const { from, to, value } = this.#versions[i] as Version<T>
      if (from <= time && (to === null || time < to)) return value
    }
    return this.#foundLate(time)?.value
  }

  /** The first version, where it may have held at `time` already. */
  #foundLate(time: number): Version<T> | undefined {
    const first = this.#versions[0]
    return first !== undefined && first.from > time && first.from - FOUND_LATE_MS <= time ? first : undefined
  }

  #narrow(span: Span, time: number): void {
    for (const { from, to } of this.#versions) {
      span.narrow(time, from)
      if (to !== null) span.narrow(time, to)
    }
    const first = this.#versions[0]
    if (first !== undefined) span.narrow(time, first.from - FOUND_LATE_MS)
  }
}
