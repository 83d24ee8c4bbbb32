/**
 * A filter is a list of Prometheus matchers, all of which must hold:
 *
 *   filter  = [ "{" [ matcher { "," matcher } [ "," ] ] "}" ]
 *   matcher = label ( "=" | "!=" | "=~" | "!~" ) string
 *   string  = double or single quoted with Go's escapes, or between backticks without any
 *
 * https://prometheus.io/docs/prometheus/latest/querying/basics/
 */
import { edgeLabels, endLabels } from '../labels.js'
import { readString } from './string.js'

export type Operator = '=' | '!=' | '=~' | '!~'

/** `label` is `client_NAME`, `server_NAME`, `transport`, or NAME alone: either end. Of agents it is one of `instanceLabels`. */
export interface Matcher {
  label: string
  operator: Operator
  value: string
}

export const MAX_MATCHERS = 32

/** A filter that cannot be read: why, and at which character (from 1). */
export class MatcherError extends Error {
  override readonly name = 'MatcherError'
  constructor(
    message: string,
    readonly position: number,
  ) {
    super(`${message} (at character ${position})`)
  }
}

const ofEdges: readonly string[] = [...edgeLabels, ...endLabels]

class Reader {
  at = 0
  constructor(
    readonly text: string,
    private readonly labels: readonly string[],
  ) {}

  fail(message: string): never {
    throw new MatcherError(message, this.at + 1)
  }

  skipSpace(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++
  }

  /** Takes `token` if it comes next. */
  take(token: string): boolean {
    this.skipSpace()
    if (!this.text.startsWith(token, this.at)) return false
    this.at += token.length
    return true
  }

  label(): string {
    this.skipSpace()
    const name = /^[a-zA-Z_]\w*/.exec(this.text.slice(this.at, this.at + 65))?.[0]
    if (name === undefined) this.fail('a label is missing')
    if (!this.labels.includes(name)) this.fail(`there is no label "${name}"; allowed are ${this.labels.join(', ')}`)
    this.at += name.length
    return name
  }

  operator(): Operator {
    for (const operator of ['=~', '!~', '!=', '='] as const) if (this.take(operator)) return operator
    return this.fail('one of =, !=, =~, !~ is missing')
  }

  string(): string {
    this.skipSpace()
    const { value, next, error } = readString(this.text, this.at)
    this.at = next
    return error === undefined ? value : this.fail(error)
  }
}

/** Reads a filter. An empty text, and `{}`, match everything. @param labels those that it may name @throws MatcherError */
export function parseMatchers(text: string, labels: readonly string[] = ofEdges): Matcher[] {
  const reader = new Reader(text, labels)
  const matchers: Matcher[] = []
  reader.skipSpace()
  if (reader.at === text.length) return matchers
  if (!reader.take('{')) reader.fail('a filter starts with {')
  while (!reader.take('}')) {
    if (matchers.length > 0 && !reader.take(',')) reader.fail('a comma or } is missing')
    if (matchers.length > 0 && reader.take('}')) break
    if (matchers.length === MAX_MATCHERS) reader.fail(`a filter has at most ${MAX_MATCHERS} matchers`)
    matchers.push({ label: reader.label(), operator: reader.operator(), value: reader.string() })
  }
  reader.skipSpace()
  if (reader.at < text.length) reader.fail('there is text after the closing }')
  return matchers
}
