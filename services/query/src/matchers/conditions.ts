import { endLabels } from '@headwater/contracts'
import type { Params } from '../sql/params.js'
import type { Matcher } from './parse.js'

/** Anchored, as in Prometheus; (?s) so that a dot is any character, also as there. */
export const anchored = (pattern: string): string => `^(?s:${pattern})$`

const compare = (column: string, { operator, value }: Omit<Matcher, 'label'>, params: Params): string => {
  switch (operator) {
    case '=':
      return `${column} = ${params.add(value, 'String')}`
    case '!=':
      return `${column} != ${params.add(value, 'String')}`
    case '=~':
      return `match(${column}, ${params.add(anchored(value), 'String')})`
    case '!~':
      return `NOT match(${column}, ${params.add(anchored(value), 'String')})`
  }
}

/** Of a matcher whose label is the name of a column. */
export const columnCondition = ({ label, ...matcher }: Matcher, params: Params): string =>
  compare(label, matcher, params)

const isEither = (label: string): boolean => (endLabels as readonly string[]).includes(label)

/** Columns (client_NAME, server_NAME, transport) that the matchers look at. */
export const matchedColumns = (matchers: readonly Matcher[]): Set<string> =>
  new Set(matchers.flatMap(({ label }) => (isEither(label) ? [`client_${label}`, `server_${label}`] : [label])))

/**
 * The matchers as one SQL condition over columns named like the labels, all of type String; '1' without matchers.
 * Matchers without client_ or server_ must hold together at one end.
 */
export function matcherCondition(matchers: readonly Matcher[], params: Params): string {
  const fixed = matchers.filter((m) => !isEither(m.label)).map((m) => compare(m.label, m, params))
  const either = matchers.filter((m) => isEither(m.label))
  const atEnd = (end: string) => either.map((m) => compare(`${end}_${m.label}`, m, params)).join(' AND ')
  const parts = either.length === 0 ? fixed : [...fixed, `((${atEnd('client')}) OR (${atEnd('server')}))`]
  return parts.length === 0 ? '1' : parts.join(' AND ')
}

/** Regular expressions of the matchers, as written: to be checked on their own, since anchoring can make a broken one whole. */
export const patterns = (matchers: readonly Matcher[]): string[] =>
  matchers.filter((m) => m.operator === '=~' || m.operator === '!~').map((m) => m.value)
