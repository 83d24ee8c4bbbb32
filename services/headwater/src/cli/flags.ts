import { type Command, Option } from 'commander'
import { type CommandName, type Config, flagOf, type KeyName, keyNames, keys } from '../config/keys.js'
import { loadConfig } from '../config/load.js'

type Described = { meaning: string; standardText?: string; flagOf?: CommandName[] }

const configFlags = (name: CommandName) => keyNames.filter((key) => (keys[key] as Described).flagOf?.includes(name))

/** Gives a command the flags of the configuration keys that concern it, and --config. */
export function addConfigFlags(command: Command, name: CommandName): Command {
  command.option('--config <file>', 'YAML file with the configuration (HEADWATER_CONFIG)')
  for (const key of configFlags(name)) {
    const { meaning } = keys[key] as Described
    command.addOption(new Option(`${flagOf(key)} <value>`, `${meaning} Takes ${keys[key].kind.takes}.`))
  }
  return command
}

/** The effective configuration of a command that was called. @throws UserError `config` */
export function configOf(command: Command, name: CommandName): Config {
  const options = command.opts<Record<string, string | undefined>>()
  const flags: Partial<Record<KeyName, string>> = {}
  for (const key of configFlags(name)) {
    const value = options[new Option(`${flagOf(key)} <value>`).attributeName()]
    if (value !== undefined) flags[key] = value
  }
  const file = options.config === undefined ? {} : { file: options.config }
  return loadConfig({ flags, env: process.env, ...file })
}
