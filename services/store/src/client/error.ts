import { ClickHouseError } from '@clickhouse/client'

/**
 * - unavailable: no answer, or a server that is ending; `overloaded`: it answers, but has no room now
 * - auth: name or password wrong; denied: the user may not do this
 * - cancelled: by the caller's signal
 * - too-large: more rows, bytes or memory than the limits allow; timeout: more time
 * - schema: a table or column is missing or of another type; refused: any other answer of the server
 */
export type StoreErrorCode =
  | 'unavailable'
  | 'overloaded'
  | 'auth'
  | 'denied'
  | 'too-large'
  | 'timeout'
  | 'cancelled'
  | 'schema'
  | 'refused'

/** What went wrong at the store and whether the same request may work later. `serverCode`: ClickHouse's error number. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    readonly retryable: boolean,
    readonly serverCode?: number,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

/** ClickHouse's numbers (src/Common/ErrorCodes.cpp), by what they mean for us. */
const meanings: [StoreErrorCode, boolean, number[]][] = [
  ['auth', false, [192, 193, 194, 516]],
  ['denied', false, [164, 392, 452, 497]],
  // TIMEOUT_EXCEEDED, TOO_SLOW
  ['timeout', true, [159, 160]],
  // TOO_MANY_ROWS, TOO_MANY_BYTES, ..., REQUEST_ENTITY_TOO_LARGE
  ['too-large', false, [158, 161, 191, 307, 396]],
  // TOO_MANY_SIMULTANEOUS_QUERIES, MEMORY_LIMIT_EXCEEDED, NOT_ENOUGH_SPACE, TOO_MANY_PARTS, QUOTA_EXCEEDED
  ['overloaded', true, [201, 202, 241, 243, 252]],
  // SOCKET_TIMEOUT, NETWORK_ERROR, ABORTED, QUERY_WAS_CANCELLED, ALL_CONNECTION_TRIES_FAILED, TABLE_IS_READ_ONLY
  ['unavailable', true, [209, 210, 236, 242, 279, 394]],
  // UNKNOWN_TABLE, UNKNOWN_DATABASE: "headwater migrate" may not have run yet
  ['schema', true, [60, 81]],
  // columns and types that do not fit, unreadable blocks
  ['schema', false, [8, 9, 10, 16, 20, 26, 27, 33, 44, 47, 50, 53, 70, 108, 117]],
]

const byNumber = new Map(
  meanings.flatMap(([code, retryable, numbers]) => numbers.map((n) => [n, { code, retryable }] as const)),
)

const causes = (error: unknown): unknown[] =>
  error instanceof Error
    ? [error, ...causes(error.cause), ...(error instanceof AggregateError ? error.errors : [])]
    : []

/** The StoreError of whatever the client threw. */
export function toStoreError(error: unknown, what: string): StoreError {
  if (error instanceof StoreError) return error
  const options = { cause: error }
  if (error instanceof ClickHouseError) {
    const number = Number(error.code)
    const { code, retryable } = byNumber.get(number) ?? { code: 'refused' as const, retryable: false }
    return new StoreError(
      code,
      `${what}: ${error.message} (ClickHouse ${number} ${error.type ?? ''})`.trim(),
      retryable,
      number,
      options,
    )
  }
  const message = error instanceof Error ? error.message || error.name : String(error)
  const network = causes(error).find((cause) => typeof (cause as NodeJS.ErrnoException).code === 'string')
  const detail = network ? ` (${(network as NodeJS.ErrnoException).code})` : ''
  // No answer of the server at all, or half of one: the connection's fault.
  return new StoreError('unavailable', `${what}: ${message}${detail}`, true, undefined, options)
}
