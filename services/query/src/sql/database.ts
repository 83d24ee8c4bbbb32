import { type QueryResult, StoreError } from '@headwater/store'
import { Inject, Injectable } from '@nestjs/common'
import { callerGone, forAllCallers } from '../http/caller.js'
import { badParameter, ProblemError } from '../http/problem.js'
import { anchored } from '../matchers/conditions.js'
import { Metrics } from '../metrics/metrics.js'
import { defaultLimits, OPTIONS, type QueryServerOptions } from '../options.js'
import type { Statement } from './statement.js'

/** BAD_ARGUMENTS, CANNOT_COMPILE_REGEXP */
const BAD_PATTERN = [36, 427]
/** Unlike match(), which does without RE2 where it can, this one compiles the pattern in any case. */
const CHECK = "SELECT replaceRegexpOne('x', {alone:String}, '') AS a, replaceRegexpOne('x', {anchored:String}, '') AS b"
const RETRY_SECONDS = 2

/** Compiling a query's expressions takes longer (0.2 s at its fourth run) than most of ours run. */
const planning = { compile_expressions: 0, compile_aggregate_expressions: 0, compile_sort_description: 0 }
/** Blocks are at most so large, and 1 MB of our wide rows is few: each costs all expressions of a query once more. */
const reading = { preferred_block_size_bytes: '16000000' }
/** Our end of the store's connection is closed when the caller's is: the store then stops working for nobody. */
const cancelling = { cancel_http_readonly_queries_on_client_close: 1 }

/** What the caller is told of a failure in the store. */
function problemOf(error: unknown, timeoutMs: number): unknown {
  if (!(error instanceof StoreError)) return error
  const options = { cause: error }
  const narrow = 'take a shorter range or a narrower filter'
  switch (error.code) {
    case 'timeout':
      return new ProblemError(
        504,
        'query-timeout',
        `the query took longer than ${timeoutMs / 1000} s; ${narrow}`,
        options,
      )
    case 'too-large':
      return new ProblemError(
        503,
        'query-too-large',
        `the query needs more than is allowed for one; ${narrow}`,
        options,
      )
    case 'overloaded':
      return new ProblemError(
        503,
        'store-overloaded',
        `the store has no room for this query now; try again, or ${narrow}`,
        {
          ...options,
          retryAfterSeconds: RETRY_SECONDS,
        },
      )
    case 'unavailable':
      return new ProblemError(503, 'store-unavailable', 'the store does not answer; "headwater doctor" says why', {
        ...options,
        retryAfterSeconds: RETRY_SECONDS,
      })
    case 'cancelled':
      return new ProblemError(499, 'cancelled', 'the caller went away before the answer was there', options)
    case 'auth':
    case 'denied':
      return new ProblemError(
        503,
        'store-refuses',
        'the store refuses this server; check clickhouse.user and clickhouse.password',
        options,
      )
    case 'schema':
      return new ProblemError(
        503,
        'store-schema',
        'the store has not the tables that this version reads; run "headwater migrate"',
        options,
      )
    default:
      return error
  }
}

/** Runs statements on the store within the limits, counts and times them, and tells failures as problems. */
@Injectable()
export class Database {
  constructor(
    @Inject(OPTIONS) private readonly options: QueryServerOptions,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  private pinging: Promise<unknown> | undefined

  /** Ends early where the caller of the request under way is gone. @throws ProblemError 503, 504 */
  async rows<Row>({ name, text, params }: Statement): Promise<Row[]> {
    const limits = { ...defaultLimits, ...this.options.limits }
    const signal = callerGone()
    const stop = this.metrics.querySeconds.startTimer({ query: name })
    try {
      if (signal?.aborted) throw new StoreError('cancelled', `${name}: cancelled`, false)
      const result = await this.options.store.query(text, params, {
        maxExecutionSeconds: limits.queryTimeoutMs / 1000,
        settings: {
          ...planning,
          ...reading,
          ...cancelling,
          ...(limits.queryMemoryBytes && { max_memory_usage: limits.queryMemoryBytes }),
        },
        ...(signal && { signal }),
      })
      this.metrics.rowsRead.inc({ query: name }, result.read.rows)
      return toRows<Row>(result)
    } catch (error) {
      this.metrics.queryErrors.inc({ query: name, code: error instanceof StoreError ? error.code : 'other' })
      throw problemOf(error, limits.queryTimeoutMs)
    } finally {
      stop()
    }
  }

  /** Whether each text is a regular expression by RE2, the store's. @throws ProblemError 400 naming the one that is not */
  async checkPatterns(texts: readonly string[]): Promise<void> {
    for (const alone of texts)
      try {
        await this.rows({ name: 'pattern', text: CHECK, params: { alone, anchored: anchored(alone) } })
      } catch (error) {
        if (!(error instanceof StoreError) || !BAD_PATTERN.includes(error.serverCode ?? 0)) throw error
        throw badParameter('filter', `filter: "${alone}" is not a regular expression (RE2 syntax)`, error)
      }
  }

  /** One query for all who ask meanwhile: it needs no token. @throws ProblemError 503 */
  async ping(): Promise<void> {
    this.pinging ??= forAllCallers(() => this.rows({ name: 'ping', text: 'SELECT 1 AS one', params: {} })).finally(
      () => {
        this.pinging = undefined
      },
    )
    await this.pinging
  }
}

function toRows<Row>({ columns, rows }: QueryResult<Record<string, unknown[]>>): Row[] {
  const names = Object.keys(columns)
  return Array.from({ length: rows }, (_, i) => Object.fromEntries(names.map((n) => [n, columns[n]?.[i]])) as Row)
}
