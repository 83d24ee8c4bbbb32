import { Inject, Injectable } from '@nestjs/common'
import type { z } from 'zod'
import { parseRequest } from '../http/parse.js'
import { badParameter } from '../http/problem.js'
import { patterns } from '../matchers/conditions.js'
import { type Matcher, MatcherError, parseMatchers } from '../matchers/parse.js'
import { CLOCK, type Clock } from '../options.js'
import { Database } from '../sql/database.js'
import { parseRange, type TimeRange } from '../time/range.js'

/** A request read and checked: its parameters, and what their text means. */
export type Question<Request> = Request & { range: TimeRange; matchers: Matcher[]; showSelf: boolean; now: number }

interface Common {
  from: string
  to: string
  filter?: string
  self?: string
}

function readMatchers(filter: string, labels?: readonly string[]): Matcher[] {
  try {
    return parseMatchers(filter, labels)
  } catch (error) {
    if (error instanceof MatcherError) throw badParameter('filter', `filter: ${error.message}`, error)
    throw error
  }
}

/**
 * The range that a map is compared with; undefined where none is.
 * @throws ProblemError 400 naming the parameter that is missing or wrong
 */
export function comparedRange(
  request: { compare_from?: string | undefined; compare_to?: string | undefined },
  now: number,
): TimeRange | undefined {
  const { compare_from: from, compare_to: to } = request
  if (from === undefined && to === undefined) return undefined
  if (from === undefined) throw badParameter('compare_from', 'compare_from: is missing; compare_to is given')
  if (to === undefined) throw badParameter('compare_to', 'compare_to: is missing; compare_from is given')
  return parseRange({ from, to }, now, 'compare_')
}

/** Reads the parameters that range queries share. */
@Injectable()
export class Questions {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @param labels those that the filter may name; default: of both ends @throws ProblemError 400 naming the parameter */
  async read<S extends z.ZodObject>(
    schema: S,
    query: unknown,
    labels?: readonly string[],
  ): Promise<Question<z.output<S>>> {
    const request = parseRequest(schema, query)
    const now = this.clock()
    const { from, to, filter = '', self = '0' } = request as unknown as Common
    const range = parseRange({ from, to }, now)
    const matchers = readMatchers(filter, labels)
    await this.database.checkPatterns(patterns(matchers))
    return { ...request, range, matchers, showSelf: self === '1' || self === 'true', now }
  }
}
