import { fileURLToPath } from 'node:url'
import { type Config, flagOf, type KeyName, keyNames, keys } from '../config/keys.js'
import type { Kind } from '../config/kinds.js'
import { loadConfig } from '../config/load.js'

const PROGRAM = fileURLToPath(new URL('../../bin/headwater.js', import.meta.url))

const quoted = (word: string) => (/^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

/** Flags that make a `headwater agent` of the same configuration; `data-dir` always, since root's default is another. */
function agentFlags(config: Config): string[] {
  const standard = loadConfig({ env: {} })
  return keyNames.flatMap((name: KeyName) => {
    const { kind, flagOf: commands } = keys[name] as { kind: Kind<unknown>; flagOf?: string[] }
    const value = config[name]
    if (value === undefined || commands?.includes('agent') !== true || name.startsWith('log.')) return []
    const text = String(kind.print(value))
    const usual = standard[name] === undefined ? undefined : String(kind.print(standard[name]))
    return text === usual && name !== 'data-dir' ? [] : [flagOf(name), text]
  })
}

/** The line that starts the agent with the privilege it needs, with full paths: sudo has a PATH of its own. */
export const agentLine = (config: Config): string =>
  ['sudo', process.execPath, PROGRAM, 'agent', ...agentFlags(config)].map(quoted).join(' ')
