import { UserError } from '@headwater/contracts/runtime'
import { type Config, keyNames, keys } from './keys.js'
import type { Kind } from './kinds.js'
import { checkTogether } from './rules.js'
import { readSecret, SecretFileError } from './secret-file.js'
import { type Given, givenBy, type Sources } from './sources.js'

interface Key {
  kind: Kind<unknown>
  standard?: unknown
  secret?: boolean
}

/** @param problems gets what is wrong with it */
function read({ value, origin, inFile }: Given, { kind, secret }: Key, problems: string[]): unknown {
  const shown = secret === true && !inFile ? '(secret)' : JSON.stringify(value)
  try {
    const result = kind.schema.safeParse(inFile ? readSecret(value) : value)
    if (result.success) return result.data
    problems.push(`${origin} is ${shown}, ${inFile ? 'which must hold' : 'and takes'} ${kind.takes}`)
  } catch (error) {
    if (!(error instanceof SecretFileError)) throw error
    problems.push(`${origin} is ${shown}, ${error.message}`)
  }
  return undefined
}

/**
 * The effective configuration: flags, else the environment, else the file, else defaults.
 * @throws UserError `config` that names every key, its value and what is allowed
 */
export function loadConfig(sources: Sources): Config {
  const problems: string[] = []
  const given = givenBy(sources, problems)
  const config: Record<string, unknown> = {}
  for (const name of keyNames) {
    const key: Key = keys[name]
    const one = given.get(name)
    const usual = () => (typeof key.standard === 'function' ? key.standard() : key.standard)
    const value = one === undefined ? usual() : read(one, key, problems)
    if (value !== undefined) config[name] = value
  }
  if (problems.length === 0) problems.push(...checkTogether(config as Config))
  if (problems.length > 0) {
    throw new UserError(
      'config',
      problems.join('\n'),
      'docs/configuration.md lists every key; `headwater config` shows what is in effect.',
    )
  }
  return config as Config
}
