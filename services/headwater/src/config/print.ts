import { stringify } from 'yaml'
import { type Config, type KeyName, keyNames, keys } from './keys.js'
import type { Kind } from './kinds.js'

export const MASK = '********'

/** The configuration as a YAML file that gives the same again, secrets masked. */
export function printConfig(config: Config): string {
  const tree: Record<string, unknown> = {}
  for (const name of keyNames) {
    const value = config[name]
    if (value === undefined) continue
    const key = keys[name] as (typeof keys)[KeyName] & { secret?: boolean }
    const path = name.split('.')
    const last = path.pop() as string
    let at = tree
    for (const part of path) {
      at[part] ??= {}
      at = at[part] as Record<string, unknown>
    }
    at[last] = key.secret === true ? MASK : (key.kind as Kind<unknown>).print(value)
  }
  return stringify(tree)
}
