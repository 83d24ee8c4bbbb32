import { type Matcher, MatcherError, parseMatchers, printMatchers } from '@headwater/contracts/api'

export interface Read {
  matchers: Matcher[]
  /** Why the text cannot be read. */
  error: string | undefined
}

/** A filter's text as rows of pickers. Both show the same filter: the text is what is kept, rows are read from it. */
export function readRows(filter: string): Read {
  try {
    return { matchers: parseMatchers(filter), error: undefined }
  } catch (error) {
    if (!(error instanceof MatcherError)) throw error
    // A whole filter in a variable, such as $filter, is read when its value is known.
    if (/^\s*[$[]/.test(filter)) return { matchers: [], error: undefined }
    return { matchers: [], error: error.message }
  }
}

export const changed = (matchers: readonly Matcher[], at: number, to: Partial<Matcher>): string =>
  printMatchers(matchers.map((m, i) => (i === at ? { ...m, ...to } : m)))

export const without = (matchers: readonly Matcher[], at: number): string =>
  printMatchers(matchers.filter((_, i) => i !== at))

export const withMore = (matchers: readonly Matcher[], one: Matcher): string => printMatchers([...matchers, one])
