import { readFileSync } from 'node:fs'
import { UserError } from '@headwater/contracts/runtime'
import { parse as parseYaml } from 'yaml'
import { type FileName, flagOf, type KeyName, keyNames, variableOf } from './keys.js'
import { secretFiles } from './secret-file.js'
import { nearest } from './suggest.js'

export interface Sources {
  /** Texts of flags, by key. */
  flags?: Partial<Record<KeyName, string>>
  /** `--config`; else HEADWATER_CONFIG. */
  file?: string
  env: Record<string, string | undefined>
}

export interface Given {
  value: unknown
  /** Where it stands, in the user's words: `--listen`, HEADWATER_LISTEN, `listen in headwater.yaml`. */
  origin: string
  /** The value is the path of a file that holds the secret. */
  inFile: boolean
}

/** A key, or that of the file of a secret. */
type Name = KeyName | FileName
/** What one source gives. */
type Source = [name: Name, value: unknown, origin: string][]

const names: readonly Name[] = [...keyNames, ...secretFiles.keys()]

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

function fromFile(path: string, problems: string[]): Source {
  const content = readFile(path)
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    problems.push(`${path} must hold keys and values, such as \`cluster: production\``)
    return []
  }
  const source: Source = []
  for (const [text, value] of flatten(content)) {
    const name = names.find((n) => n === text)
    if (name !== undefined) source.push([name, value, `${name} in ${path}`])
    else problems.push(unknown(`${text} (in ${path})`, names, text))
  }
  return source
}

function fromEnv(env: Sources['env'], problems: string[]): Source {
  const variables = new Map(names.map((name) => [variableOf(name), name]))
  const source: Source = []
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('HEADWATER_') || variable === 'HEADWATER_CONFIG' || value === undefined) continue
    const name = variables.get(variable)
    if (name !== undefined) source.push([name, value, variable])
    else problems.push(unknown(`${variable} (in the environment)`, [...variables.keys(), 'HEADWATER_CONFIG'], variable))
  }
  return source
}

const fromFlags = (flags: Partial<Record<KeyName, string>>): Source =>
  (Object.entries(flags) as [KeyName, string][]).map(([name, value]) => [name, value, flagOf(name)])

/** By key. A secret and the file that holds it are one key, which a source gives once. */
function byKey(source: Source, problems: string[]): Map<KeyName, Given> {
  const given = new Map<KeyName, Given>()
  for (const [name, value, origin] of source) {
    const secret = secretFiles.get(name as FileName)
    const key = secret ?? (name as KeyName)
    const inFile = secret !== undefined
    const other = given.get(key)
    if (other !== undefined && other.inFile !== inFile)
      problems.push(`${other.origin} and ${origin} are both given: leave out one of the two`)
    given.set(key, { value, origin, inFile })
  }
  return given
}

/** What is given of each key: by a flag, else by the environment, else by the file. @param problems gets what is wrong @throws UserError `config` */
export function givenBy({ flags = {}, file, env }: Sources, problems: string[]): Map<KeyName, Given> {
  const path = file ?? env.HEADWATER_CONFIG
  const all = [path === undefined ? [] : fromFile(path, problems), fromEnv(env, problems), fromFlags(flags)]
  return new Map(all.flatMap((source) => [...byKey(source, problems)]))
}
