import { type Command, Option } from 'commander'
import type { ListOptions, ReplayOptions } from '../dead-letters/command.js'
import { addConfigFlags, configOf } from './flags.js'
import { positive, since } from './values.js'

const NAME = 'dead-letters'

/** `headwater dead-letters list|show|replay`. */
export function addDeadLetters(program: Command, finish: (code: number) => void): void {
  const commands = () => import('../dead-letters/command.js')
  const letters = program
    .command(NAME)
    .description('messages that could not be stored: list them, look at them, put them on the bus again')
    .helpOption('--help', 'print this help')
  const part = (name: string, description: string) =>
    addConfigFlags(letters.command(name).description(description).helpOption('--help', 'print this help'), NAME)
  const from = () =>
    new Option('--since <time>', 'how far back: 5m, or a time as RFC 3339; default: all').argParser(since)

  const list = part('list', 'list them, the newest last')
    .addOption(from())
    .option('--reason <reason>', 'only those of this reason, such as too-old')
    .option('--limit <letters>', 'most letters, of the newest', positive, 1000)
    .addOption(new Option('-o, --output <format>', 'how').choices(['table', 'json', 'jsonl']).default('table'))
  list.action(async (options: ListOptions) =>
    finish(await (await commands()).listCommand(configOf(list, NAME), options)),
  )

  const show = part('show', 'all that is known of one')
    .argument('<id>', 'as `headwater dead-letters list` has it')
    .option('--json', 'print JSON, with the message as base64')
    .option('--raw', 'print the message itself, as it is')
  show.action(async (id: string, options: { json?: boolean; raw?: boolean }) =>
    finish(await (await commands()).showCommand(configOf(show, NAME), id, options)),
  )

  const replay = part('replay', 'put them on the bus again, each on its own topic; one that comes twice is stored once')
    .argument('[ids...]', 'as `headwater dead-letters list` has them')
    .option('--all', 'all there are')
    .option('--reason <reason>', 'all of this reason')
    .addOption(from())
    .option('--dry-run', 'only say what would be done')
  replay.action(async (ids: string[], options: ReplayOptions) =>
    finish(await (await commands()).replayCommand(configOf(replay, NAME), ids, options)),
  )
}
