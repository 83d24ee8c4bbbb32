import { randomBytes } from 'node:crypto'
import { chownSync, closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import { UserError } from '@headwater/contracts/runtime'

const SHAPE = /^[A-Za-z0-9_-]{16,256}$/

/** The token kept in a file; undefined where there is none. @throws UserError `token` where the file is not a token or not readable */
export function readToken(path: string): string | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const fix = 'Run this as the user that runs Headwater, or give the token in HEADWATER_TOKEN.'
    throw new UserError('token', `${path} cannot be read: ${(cause as Error).message}`, fix, { cause })
  }
  if (SHAPE.test(text)) return text
  throw new UserError('token', `${path} holds no token.`, 'Remove the file; a new token is made at the next start.')
}

/** The token of a data folder, made at its first start: 32 random bytes as base64url, readable by its owner alone. */
export function ensureToken(path: string, owner?: { uid: number; gid: number }): string {
  const kept = readToken(path)
  if (kept !== undefined) return kept
  const token = randomBytes(32).toString('base64url')
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  writeSync(file, `${token}\n`)
  closeSync(file)
  if (owner !== undefined) chownSync(path, owner.uid, owner.gid)
  return token
}
