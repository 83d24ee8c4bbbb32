import { readFileSync } from 'node:fs'
import { UserError } from '@headwater/contracts/runtime'
import { parse as parseYaml } from 'yaml'
import { type Config, flagOf, type KeyName, keyNames, keys, variableOf } from './keys.js'
import { checkTogether } from './rules.js'
import { nearest } from './suggest.js'

export interface Sources {
  /** Texts of flags, by key. */
  flags?: Partial<Record<KeyName, string>>
  /** `--config`; else HEADWATER_CONFIG. */
  file?: string
  env: Record<string, string | undefined>
}

interface Given {
  value: unknown
  /** Where it stands, in the user's words: `--listen`, HEADWATER_LISTEN, `listen in headwater.yaml`. */
  origin: string
}

const shown = (value: unknown, secret: boolean) => (secret ? '(secret)' : JSON.stringify(value))

function unknown(what: string, known: readonly string[], name: string): string {
  const near = nearest(name, known)
  return `${what} is not a key of Headwater${near === undefined ? '' : `; did you mean ${near}?`}`
}

function readFile(path: string): unknown {
  try {
    return parseYaml(readFileSync(path, 'utf8')) ?? {}
  } catch (cause) {
    const fix = 'Name a readable YAML file with --config or HEADWATER_CONFIG.'
    throw new UserError('config', `configuration file ${path}: ${(cause as Error).message.trim()}`, fix, { cause })
  }
}

/** Keys of nested maps, joined by dots. */
function flatten(value: object, prefix = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([name, inner]): [string, unknown][] =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? flatten(inner, `${prefix}${name}.`)
      : [[`${prefix}${name}`, inner]],
  )
}

function fromFile(path: string, given: Map<KeyName, Given>, problems: string[]): void {
  const content = readFile(path)
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    problems.push(`${path} must hold keys and values, such as \`cluster: production\``)
    return
  }
  for (const [name, value] of flatten(content)) {
    const key = keyNames.find((k) => k === name)
    if (key === undefined) problems.push(unknown(`${name} (in ${path})`, keyNames, name))
    else given.set(key, { value, origin: `${key} in ${path}` })
  }
}

function fromEnv(env: Sources['env'], given: Map<KeyName, Given>, problems: string[]): void {
  const variables = new Map(keyNames.map((k) => [variableOf(k), k]))
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('HEADWATER_') || variable === 'HEADWATER_CONFIG' || value === undefined) continue
    const key = variables.get(variable)
    if (key !== undefined) given.set(key, { value, origin: variable })
    else problems.push(unknown(`${variable} (in the environment)`, [...variables.keys(), 'HEADWATER_CONFIG'], variable))
  }
}

/**
 * The effective configuration: flags, else the environment, else the file, else defaults.
 * @throws UserError `config` that names every key, its value and what is allowed
 */
export function loadConfig(sources: Sources): Config {
  const given = new Map<KeyName, Given>()
  const problems: string[] = []
  const path = sources.file ?? sources.env.HEADWATER_CONFIG
  if (path !== undefined) fromFile(path, given, problems)
  fromEnv(sources.env, given, problems)
  for (const [name, value] of Object.entries(sources.flags ?? {})) {
    given.set(name as KeyName, { value, origin: flagOf(name as KeyName) })
  }
  const config: Record<string, unknown> = {}
  for (const name of keyNames) {
    const { kind, standard, secret } = keys[name] as (typeof keys)[KeyName] & { standard?: unknown; secret?: boolean }
    const gave = given.get(name)
    if (gave === undefined) {
      const value = typeof standard === 'function' ? standard() : standard
      if (value !== undefined) config[name] = value
      continue
    }
    const result = kind.schema.safeParse(gave.value)
    if (result.success) config[name] = result.data
    else problems.push(`${gave.origin} is ${shown(gave.value, secret === true)}, and takes ${kind.takes}`)
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
