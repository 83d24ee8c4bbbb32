import type { ScopedVars } from '@grafana/data'
import type { TemplateSrv } from '@grafana/runtime'
import { literal, type Matcher, type Operator, parseMatchers, printMatchers } from '@headwater/contracts/api'

/** A reference to a variable, in each of Grafana's ways of writing it: `$name`, `[[name:format]]`, `${name.field:format}`. */
const REFERENCE = /\$(?:\w+|\{\w+(?:\.[^:^}]+)?(?::[^}]+)?\})|\[\[\w+(?::\w+)?\]\]/g
const hasFormat = (reference: string): boolean => reference.includes(':')

interface Part {
  /** A regular expression for what it stands for, and the text itself where it is one. */
  pattern: string
  text: string | undefined
}

export type Templates = Pick<TemplateSrv, 'replace'>

const fixed = (text: string): Part => ({ pattern: literal(text), text })

/** What one reference stands for. A variable that is not there stays as it is written, as everywhere in Grafana. */
function resolve(reference: string, scoped: ScopedVars, templates: Templates): Part {
  let values: string[] | undefined
  const replaced = templates.replace(reference, scoped, (value: unknown) => {
    values = (Array.isArray(value) ? value : [value]).map(String)
    return ''
  })
  if (values === undefined) {
    if (replaced === reference) return fixed(reference)
    // Written with a format (`:raw`, `:regex`) it is the writer's text; without, it is the "All" value of the variable's own: a
    // regular expression, which Grafana hands on as it stands.
    return hasFormat(reference) ? { pattern: replaced, text: replaced } : { pattern: replaced, text: undefined }
  }
  const [only, ...more] = values
  if (only !== undefined && more.length === 0) return fixed(only)
  return { pattern: `(${values.map(literal).join('|')})`, text: undefined }
}

const asRegex: Record<Operator, Operator> = { '=': '=~', '!=': '!~', '=~': '=~', '!~': '!~' }

/** One matcher with its variables put in: several values turn `=` into `=~`, each of them matched as it is written. */
function matcher(m: Matcher, scoped: ScopedVars, templates: Templates): Matcher {
  const isRegex = m.operator === '=~' || m.operator === '!~'
  const parts: Part[] = []
  let at = 0
  for (const found of m.value.matchAll(REFERENCE)) {
    const before = m.value.slice(at, found.index)
    // Under =~ what the user wrote around the variable is a regular expression already.
    if (before !== '') parts.push(isRegex ? { pattern: before, text: before } : fixed(before))
    parts.push(resolve(found[0], scoped, templates))
    at = found.index + found[0].length
  }
  const rest = m.value.slice(at)
  if (rest !== '') parts.push(isRegex ? { pattern: rest, text: rest } : fixed(rest))
  const texts = parts.map((p) => p.text)
  if (!isRegex && texts.every((t) => t !== undefined)) return { ...m, value: texts.join('') }
  return { ...m, operator: asRegex[m.operator], value: parts.map((p) => p.pattern).join('') }
}

/**
 * A filter with its variables put in. Values are quoted, and escaped where they are matched as regular expressions, so that a
 * name with any characters means itself. A filter that is no list of matchers before (a variable that holds one) is read after.
 */
export function interpolateFilter(filter: string, scoped: ScopedVars, templates: Templates): string {
  let matchers: Matcher[]
  try {
    matchers = parseMatchers(filter)
  } catch {
    // What cannot be read here is for the API to refuse, with the place of the mistake.
    return templates.replace(filter, scoped, 'raw')
  }
  return printMatchers(matchers.map((m) => matcher(m, scoped, templates)))
}
