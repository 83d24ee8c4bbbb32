import type { Problem } from '@headwater/contracts'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

const titles: Record<number, string> = {
  400: 'Bad request',
  401: 'No valid token',
  404: 'Not found',
  405: 'Method not allowed',
  413: 'Body not allowed',
  414: 'URL too long',
  421: 'Host not allowed',
  429: 'Too many requests',
  499: 'Caller gone',
  500: 'Internal error',
  503: 'Not available',
  504: 'Too slow',
}

export interface ProblemOptions {
  parameter?: string
  /** Sent as Retry-After. */
  retryAfterSeconds?: number
  cause?: unknown
}

/** An error that the caller is told: status, a stable code, and what to do. Sent as an RFC 9457 problem document. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly options: ProblemOptions = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
  }

  get body(): Problem {
    return {
      type: `urn:headwater:problem:${this.code}`,
      title: titles[this.status] ?? 'Error',
      status: this.status,
      detail: this.message,
      code: this.code,
      ...(this.options.parameter === undefined ? {} : { parameter: this.options.parameter }),
    }
  }

  get headers(): Record<string, string> {
    return {
      'content-type': PROBLEM_TYPE,
      'cache-control': 'no-store',
      ...(this.options.retryAfterSeconds === undefined
        ? {}
        : { 'retry-after': String(this.options.retryAfterSeconds) }),
      ...(this.status === 401 ? { 'www-authenticate': 'Bearer realm="headwater"' } : {}),
      ...(this.status === 405 ? { allow: 'GET, HEAD' } : {}),
    }
  }
}

/** 400 for a parameter: `detail` says what is allowed. */
export const badParameter = (parameter: string, detail: string, cause?: unknown): ProblemError =>
  new ProblemError(400, 'bad-parameter', detail, { parameter, cause })
