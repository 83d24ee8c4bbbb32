import { escapeHidden, type Logger, type LogLevel } from '@headwater/contracts/runtime'
import { safeJson } from '../cli/safe-text.js'

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

export interface LoggerOptions {
  level: LogLevel
  format: 'text' | 'json'
  write?: (line: string) => void
  now?: () => Date
}

/** A field's value on one line: an error as its message and causes, objects as JSON. */
function plain(value: unknown): unknown {
  if (value instanceof Error)
    return value.cause === undefined ? value.message : `${value.message}: ${plain(value.cause)}`
  if (typeof value === 'bigint') return String(value)
  return value
}

const json = (value: unknown) => safeJson(value, undefined, (_, v) => plain(v))

/** `key=value`; text that holds more than a word is quoted, so that a name from outside cannot forge a line. */
function pair([key, value]: [string, unknown]): string {
  const simple = plain(value)
  if (typeof simple === 'string' && /^[\w./:@+-]+$/.test(simple)) return `${key}=${simple}`
  return `${key}=${json(simple)}`
}

const escapeLine = (text: string) => escapeHidden(text.replaceAll('\n', '\\n'))

/** A line per call on stderr. */
export function createLogger(options: LoggerOptions, component = 'headwater'): Logger {
  const write = options.write ?? ((line: string) => process.stderr.write(line))
  const log = (level: LogLevel, message: string, fields: Record<string, unknown> = {}) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(options.level)) return
    const time = (options.now?.() ?? new Date()).toISOString()
    if (options.format === 'json') {
      write(`${json({ ...fields, time, level, component, message })}\n`)
      return
    }
    const given = Object.entries(fields).filter(([, value]) => value !== undefined)
    const rest = given.length === 0 ? '' : `  ${given.map(pair).join(' ')}`
    write(`${time} ${level.padEnd(5)} ${component}: ${escapeLine(message)}${rest}\n`)
  }
  return {
    debug: (message, fields) => log('debug', message, fields),
    info: (message, fields) => log('info', message, fields),
    warn: (message, fields) => log('warn', message, fields),
    error: (message, fields) => log('error', message, fields),
    child: (name) => createLogger(options, name),
  }
}
