import type { Logger } from '@headwater/contracts'

/** Keeps what is logged, as `level message`. */
export function recordingLogger(): Logger & { lines: string[] } {
  const lines: string[] = []
  const write = (level: string) => (message: string) => void lines.push(`${level} ${message}`)
  const logger = { lines, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  return { ...logger, child: () => ({ ...logger, child: () => recordingLogger() }) }
}
