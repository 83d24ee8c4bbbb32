import { readFileSync } from 'node:fs'
import { type FileName, type KeyName, keyNames, keys, variableOf } from './keys.js'

const isSecret = (name: KeyName): boolean => (keys[name] as { secret?: boolean }).secret === true

const fileOf = (name: KeyName): FileName => `${name}-file`

/** Of each secret, the key that names a file with it, as Docker and Kubernetes mount them: `token-file`, in the environment HEADWATER_TOKEN_FILE. */
export const secretFiles: ReadonlyMap<FileName, KeyName> = new Map(
  keyNames.filter(isSecret).map((name) => [fileOf(name), name]),
)

/** Variables that give a key: two for a secret. */
export const variablesOf = (name: KeyName): string[] => [
  variableOf(name),
  ...(isSecret(name) ? [variableOf(fileOf(name))] : []),
]

const reasons: Record<string, string> = {
  ENOENT: 'which does not exist',
  EISDIR: 'which is a folder',
  EACCES: 'which this user may not read',
}

/** What is wrong with a file that should hold a secret, to be said after its path. */
export class SecretFileError extends Error {}

/** The line that a file holds, without its end. @throws SecretFileError */
export function readSecret(path: unknown): string {
  if (typeof path !== 'string' || path === '') throw new SecretFileError('and takes the path of a file')
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException
    const said = code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'which is not text in UTF-8' : reasons[code]
    throw new SecretFileError(said ?? `which cannot be read: ${message}`, { cause })
  }
  const line = text.replace(/\r?\n$/, '')
  if (line === '') throw new SecretFileError('which is empty')
  if (/[\r\n]/.test(line)) throw new SecretFileError('which holds more than one line')
  return line
}
