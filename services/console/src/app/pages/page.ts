import type { Completeness } from '@headwater/contracts'
import { isMatcher } from '../../map/search.js'
import type { Polled } from '../poll/usePolled.js'
import { type ConsoleState, isMoving, refreshes } from '../url/state.js'

/** What every page has for the header and the states round it. */
export interface PageData<T extends { range: { from: number; to: number }; completeness: Completeness }> {
  answer: Polled<T>
  /** What the search found, in words; undefined while nothing is searched. */
  found: string | undefined
  /** The answer holds nothing to show. */
  empty: boolean
}

/** The matcher, where the search is one: it is the API's to apply. */
export const filterOf = (s: ConsoleState): string => (isMatcher(s.search) ? s.search.trim() : '')

/** Ms between questions, at least `least`; undefined: the range is fixed, or refreshing is off. */
export function pauseOf(s: ConsoleState, least = 0): number | undefined {
  const every = isMoving(s) ? refreshes[s.refresh] : undefined
  return every === undefined ? undefined : Math.max(every, least)
}

export const many = (n: number, one: string): string => `${n} ${n === 1 ? one : `${one}s`}`
