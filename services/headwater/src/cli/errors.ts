import { escapeHidden, UserError } from '@headwater/contracts/runtime'
import { CommanderError } from 'commander'

export const OK = 0
export const FAILED = 1
export const USAGE = 2

/** Names out of files, answers and arguments are part of what is said. */
const say = (text: string) => process.stderr.write(`headwater: ${escapeHidden(text, '\n\t')}`)

/** Prints what went wrong, and returns the exit code: 2 for wrong usage, 1 for what failed. */
export function report(error: unknown): number {
  // Commander has said it, and help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? OK : USAGE
  if (error instanceof UserError) {
    say(`${error.message}\n${error.fix === '' ? '' : `\n${error.fix}\n`}`)
    return error.code === 'config' || error.code === 'usage' ? USAGE : FAILED
  }
  say(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return FAILED
}
