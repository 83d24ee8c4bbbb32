import { createHash } from 'node:crypto'
import {
  type BatchMeta,
  type BusMessage,
  decodeDnsBatch,
  decodeFlowBatch,
  encodeDnsBatch,
  encodeFlowBatch,
  FIRST_REPLAYED_SEQUENCE,
  topics,
} from '@headwater/contracts'
import type { Letter } from './letter.js'

/** Set by ingest where other rows of the batch are stored. */
const PART = 'headwater-part'

/**
 * The sequence of a batch that is replayed: 51 bits of a hash, above those that an agent can reach, below 2^53. One that was replayed before, and was put aside
 * again as a whole, keeps its own: the letter that it was made of may be replayed, too.
 */
function sequenceOf({ reason, headers, value }: Letter, { instance, sequence }: BatchMeta): number {
  if (sequence >= FIRST_REPLAYED_SEQUENCE && headers[PART] === undefined) return sequence
  const hash = createHash('sha256').update(`${instance}\n${sequence}\n${reason}\n`).update(value).digest()
  return FIRST_REPLAYED_SEQUENCE + Number(hash.readBigUInt64BE() >> 13n)
}

/**
 * The message that is published for a letter. A batch gets a sequence that follows from what is in it: other rows of the same batch may be stored under
 * its own, and would pass for these; and the same letter, replayed again, is known as a copy. What cannot be read goes as it is.
 */
export function replayed(letter: Letter): BusMessage {
  const { topic, key, id } = letter
  const { [PART]: _, ...headers } = letter.headers
  return { topic, key, value: renumbered(letter), headers: { ...headers, 'headwater-replay': id } }
}

function renumbered(letter: Letter): Uint8Array {
  const { topic, value } = letter
  try {
    if (topic === topics.flows) {
      const batch = decodeFlowBatch(value)
      return encodeFlowBatch({ ...batch, meta: { ...batch.meta, sequence: sequenceOf(letter, batch.meta) } })
    }
    if (topic === topics.dns) {
      const batch = decodeDnsBatch(value)
      return encodeDnsBatch({ ...batch, meta: { ...batch.meta, sequence: sequenceOf(letter, batch.meta) } })
    }
  } catch {
    // Not a batch, as far as this version knows.
  }
  return value
}
