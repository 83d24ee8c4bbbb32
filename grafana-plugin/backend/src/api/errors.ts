export type Fault =
  | 'settings'
  | 'unreachable'
  | 'not-headwater'
  | 'token'
  | 'version'
  | 'store'
  | 'request'
  | 'busy'
  | 'too-large'
  | 'timeout'
  | 'gone'
  | 'plugin'

/** HTTP status that Grafana is told of a fault. Never 401: Grafana takes that for the end of its own session. */
const statuses: Record<Fault, number> = {
  settings: 400,
  unreachable: 502,
  'not-headwater': 502,
  token: 403,
  version: 501,
  store: 503,
  request: 400,
  busy: 429,
  'too-large': 413,
  timeout: 504,
  gone: 499,
  plugin: 500,
}

/** What went wrong, in a sentence for whoever looks at the panel: it says what to do. */
export class DataError extends Error {
  override readonly name = 'DataError'
  constructor(
    readonly fault: Fault,
    message: string,
    readonly options: { code?: string; parameter?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
  }

  get status(): number {
    return statuses[this.fault]
  }

  /** Whose error it is, as Grafana counts them. */
  get source(): 'plugin' | 'downstream' {
    return this.fault === 'plugin' ? 'plugin' : 'downstream'
  }
}

export const asDataError = (error: unknown): DataError =>
  error instanceof DataError
    ? error
    : new DataError('plugin', 'This failed within the Headwater data source; the log of Grafana has the reason.', {
        cause: error,
      })
