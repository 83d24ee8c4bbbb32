import { existsSync } from 'node:fs'
import { type Logger, UserError } from '@headwater/contracts/runtime'
import type { Config } from '../config/keys.js'
import { dataDirAt } from '../data/data-dir.js'
import { kafkaOf } from '../roles/bus.js'
import { externalOf } from '../roles/store.js'
import type { Letter, LetterFilter, LetterSource } from './letter.js'
import { tableSource } from './table-source.js'
import { topicSource } from './topic-source.js'

/** The places that the configuration names: topic, outside store, or the store of a `headwater up` on this data folder. @throws UserError where none */
export function sourcesOf(config: Config, logger: Logger): LetterSource[] {
  const sources: LetterSource[] = []
  const kafka = kafkaOf(config, 'headwater-dead-letters', logger)
  if (kafka !== undefined) sources.push(topicSource(kafka))
  const external = externalOf(config)
  const dataDir = config['data-dir']
  if (external !== undefined) sources.push(tableSource(external, external.url, logger))
  else if (kafka === undefined || existsSync(dataDirAt(dataDir).busSocket))
    sources.push(tableSource({ dataDir }, dataDir, logger))
  return sources
}

/** Of all places, oldest first. */
export async function lettersOf(sources: readonly LetterSource[], filter: LetterFilter): Promise<Letter[]> {
  const found = await Promise.all(sources.map((source) => source.letters(filter)))
  return found.flat().sort((a, b) => a.time - b.time)
}

/** Those that are named. @throws UserError where one of them is nowhere */
export async function lettersNamed(sources: readonly LetterSource[], ids: readonly string[]): Promise<Letter[]> {
  const letters = await lettersOf(sources, { since: 0 })
  const byId = new Map(letters.map((letter) => [letter.id, letter]))
  return ids.map((id) => {
    const letter = byId.get(id)
    if (letter !== undefined) return letter
    const where = sources.map(({ name }) => name).join(', or ')
    throw new UserError(
      'no-letter',
      `There is no dead letter ${id} in ${where}.`,
      '`headwater dead-letters list` has them.',
    )
  })
}
