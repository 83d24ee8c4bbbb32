import {
  BusError,
  type BusProducer,
  groupsOf,
  MAX_MESSAGE_BYTES,
  type Topic,
  topics,
  UNREADABLE_HEADER,
} from '@headwater/contracts'
import { type Logger, UserError } from '@headwater/contracts/runtime'
import type { Config } from '../config/keys.js'
import { dataDirAt } from '../data/data-dir.js'
import { producerOf } from '../roles/bus.js'
import type { Letter } from './letter.js'
import { replayed } from './replayed.js'

const TELL_MS = 2_000

/** Why a letter cannot go back; undefined where it can. */
function obstacle({ topic, value, bytes, headers }: Letter): string | undefined {
  const known: string[] = Object.values(topics).filter((name: Topic) => name !== topics.deadLetters)
  if (!known.includes(topic)) return `its topic, ${JSON.stringify(topic)}, is none of Headwater's`
  if (headers[UNREADABLE_HEADER] !== undefined) return 'the bus could not read it: nothing of it is kept'
  if (value.byteLength < bytes) return `only ${value.byteLength} of its ${bytes} bytes are kept`
  if (bytes > MAX_MESSAGE_BYTES) return `it has ${bytes} bytes, and a message at most ${MAX_MESSAGE_BYTES}`
  return undefined
}

const print = (text: string) => process.stdout.write(`${text}\n`)

/** Puts messages on their topics again. @returns the exit code: 1 where some could not go */
export async function replayLetters(
  config: Config,
  letters: readonly Letter[],
  { dryRun, logger }: { dryRun: boolean; logger: Logger },
): Promise<number> {
  const able = letters.filter((letter) => obstacle(letter) === undefined)
  for (const letter of letters) {
    const why = obstacle(letter)
    if (why !== undefined) logger.warn(`${letter.id} cannot be replayed`, { reason: why })
  }
  const left = letters.length - able.length
  if (dryRun) {
    for (const { id, topic, reason } of able) print(`${id} would go to ${topic} (${reason})`)
    print(`${able.length} would be replayed, ${left} cannot be`)
    return left === 0 ? 0 : 1
  }
  const producer = await producerOf(config, 'dead-letters', dataDirAt(config['data-dir']).busSocket, logger)
  await producer.start()
  try {
    await publish(producer, able, logger)
  } finally {
    await producer.stop()
  }
  print(`${able.length} replayed, ${left} could not be`)
  return left === 0 ? 0 : 1
}

async function publish(producer: BusProducer, letters: readonly Letter[], logger: Logger): Promise<void> {
  let told = Date.now()
  let from = 0
  for (const group of groupsOf(letters, ({ bytes }) => bytes)) {
    try {
      await producer.publish(group.map(replayed))
    } catch (error) {
      if (!(error instanceof BusError)) throw error
      const done = `${from} of ${letters.length} were replayed, perhaps some of the next ${group.length}.`
      const fix = `${done} Replay them all again once the bus is well: a letter that comes twice is stored once.`
      throw new UserError('bus', `the bus does not take them: ${error.message}`, fix, { cause: error })
    }
    from += group.length
    if (Date.now() - told < TELL_MS) continue
    told = Date.now()
    logger.info('replaying', { done: from, of: letters.length })
  }
}
