import { UserError } from '@headwater/contracts/runtime'
import { safeJson } from '../cli/safe-text.js'
import { parseDuration } from '../config/duration.js'
import type { Config } from '../config/keys.js'
import { createLogger } from '../log/logger.js'
import type { Letter } from './letter.js'
import { listHead, listLine, told, whole } from './print.js'
import { replayLetters } from './replay.js'
import { lettersNamed, lettersOf, sourcesOf } from './sources.js'

export interface ListOptions {
  /** As the flows command has it: `now-5m` or RFC 3339. */
  since?: string
  reason?: string
  limit: number
  output: 'table' | 'json' | 'jsonl'
}

const print = (text: string) => process.stdout.write(`${text}\n`)
const loggerOf = (config: Config) => createLogger({ level: config['log.level'], format: config['log.format'] })

/** Unix ms. */
function timeOf(since: string | undefined): number {
  if (since === undefined) return 0
  if (since.startsWith('now-')) return Date.now() - (parseDuration(since.slice(4)) ?? 0)
  return Date.parse(since)
}

/** `headwater dead-letters list`: the newest `limit`, oldest of them first. */
export async function listCommand(config: Config, { since, reason, limit, output }: ListOptions): Promise<number> {
  const filter = { since: timeOf(since), ...(reason === undefined ? {} : { reason }) }
  const all = await lettersOf(sourcesOf(config, loggerOf(config)), filter)
  const letters = all.slice(-limit)
  if (output === 'json') print(safeJson(letters.map(told), 2))
  else if (output === 'jsonl') for (const letter of letters) print(safeJson(told(letter)))
  else {
    print(listHead())
    for (const letter of letters) print(listLine(letter))
  }
  const more = all.length - letters.length
  if (more > 0) process.stderr.write(`${more} older ones are not shown: raise --limit\n`)
  return 0
}

/** `headwater dead-letters show ID`. With --raw its value goes to stdout as it is. */
export async function showCommand(
  config: Config,
  id: string,
  { json, raw }: { json?: boolean; raw?: boolean },
): Promise<number> {
  const [letter] = (await lettersNamed(sourcesOf(config, loggerOf(config)), [id])) as [Letter]
  if (raw === true) process.stdout.write(letter.value)
  else if (json === true) print(safeJson({ ...told(letter), value: Buffer.from(letter.value).toString('base64') }, 2))
  else print(whole(letter))
  return 0
}

export interface ReplayOptions {
  all?: boolean
  reason?: string
  since?: string
  dryRun?: boolean
}

/** `headwater dead-letters replay`: some by their ids, or those of a reason, or all. */
export async function replayCommand(config: Config, ids: readonly string[], options: ReplayOptions): Promise<number> {
  const { all, reason, since, dryRun } = options
  const chosen = [ids.length > 0, all === true, reason !== undefined].filter(Boolean).length
  if (chosen !== 1)
    throw new UserError(
      'usage',
      'It takes either ids, or --reason, or --all.',
      '`headwater dead-letters list` has the ids and reasons.',
    )
  const logger = loggerOf(config)
  const sources = sourcesOf(config, logger)
  const filter = { since: timeOf(since), ...(reason === undefined ? {} : { reason }) }
  const letters = ids.length > 0 ? await lettersNamed(sources, ids) : await lettersOf(sources, filter)
  return replayLetters(config, letters, { dryRun: dryRun === true, logger })
}
