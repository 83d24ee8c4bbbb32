import { createHash } from 'node:crypto'
import {
  type BusMessage,
  decodeDnsBatch,
  decodeFlowBatch,
  encodeDnsBatch,
  encodeFlowBatch,
  FIRST_REPLAYED_SEQUENCE,
  topics,
} from '@headwater/contracts'
import type { Letter } from './letter.js'

/** Sequences of what is replayed: 51 bits of a hash, above those that an agent can reach, below 2^53. */
function sequenceOf({ reason }: Letter, instance: string, sequence: number, value: Uint8Array): number {
  const hash = createHash('sha256').update(`${instance}\n${sequence}\n${reason}\n`).update(value).digest()
  return FIRST_REPLAYED_SEQUENCE + Number(hash.readBigUInt64BE() >> 13n)
}

/**
 * The message that is published for a letter. A batch gets a sequence that follows from what is in it: other rows of the same batch may be stored under
 * its own, and would pass for these; and the same letter, replayed again, is known as a copy. What cannot be read goes as it is.
 */
export function replayed(letter: Letter): BusMessage {
  const { topic, key, headers, value } = letter
  return { topic, key, value: renumbered(letter, value), headers: { ...headers, 'headwater-replay': letter.id } }
}

function renumbered(letter: Letter, value: Uint8Array): Uint8Array {
  try {
    if (letter.topic === topics.flows) {
      const batch = decodeFlowBatch(value)
      const { instance, sequence } = batch.meta
      return encodeFlowBatch({
        ...batch,
        meta: { ...batch.meta, sequence: sequenceOf(letter, instance, sequence, value) },
      })
    }
    if (letter.topic === topics.dns) {
      const batch = decodeDnsBatch(value)
      const { instance, sequence } = batch.meta
      return encodeDnsBatch({
        ...batch,
        meta: { ...batch.meta, sequence: sequenceOf(letter, instance, sequence, value) },
      })
    }
  } catch {
    // Not a batch, as far as this version knows.
  }
  return value
}
