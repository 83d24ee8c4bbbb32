export { escapeHidden } from './hidden.js'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One line per call on stderr: text, or JSON with --log-format json. */
export type Logger = {
  [L in LogLevel]: (message: string, fields?: Record<string, unknown>) => void
} & { child(component: string): Logger }

/** A part with a life of its own. The constructor does nothing; start resolves when the part works. */
export interface Component {
  start(): Promise<void>
  stop(): Promise<void>
}

/** An error meant for the user: what is wrong, where, and how to mend it. */
export class UserError extends Error {
  override readonly name = 'UserError'
  constructor(
    readonly code: string,
    message: string,
    readonly fix: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}
