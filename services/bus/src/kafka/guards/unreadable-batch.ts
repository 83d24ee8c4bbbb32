import { createRequire } from 'node:module'
import { UNREADABLE_HEADER } from '@headwater/contracts/bus'

/** What this guard needs of kafkajs' reader of bytes. */
interface Decoder {
  buffer: Buffer
  offset: number
  readInt8(): number
  readInt16(): number
  readInt32(): number
  readInt64(): { toString(): string }
}
type DecodeBatch = (decoder: Decoder) => Promise<{ records: unknown[] }>

const load = createRequire(import.meta.url)
const BATCH_DECODER = 'kafkajs/src/protocol/recordBatch/v0/decoder.js'

/** kafkajs puts the records of a batch onto a list as arguments of one call: with more of them than the stack holds that throws. */
const MOST_RECORDS = 20_000

/**
 * Reads the head of a record batch once more, and makes one record of it, at the batch's last offset.
 * Layout: Kafka's message format v2 (https://kafka.apache.org/documentation/#recordbatch).
 */
function standIn(batch: Decoder, why: string): { records: unknown[] } {
  const firstOffset = BigInt(batch.readInt64().toString())
  batch.readInt32() // length
  batch.readInt32() // partition leader epoch
  const magicByte = batch.readInt8()
  batch.readInt32() // crc
  batch.readInt16() // attributes
  const lastOffsetDelta = batch.readInt32()
  batch.readInt64() // first timestamp
  const timestamp = batch.readInt64().toString()
  const record = {
    magicByte,
    attributes: 0,
    timestamp,
    offset: (firstOffset + BigInt(lastOffsetDelta)).toString(),
    key: null,
    value: null,
    headers: { [UNREADABLE_HEADER]: Buffer.from(why) },
    isControlRecord: false,
    batchContext: { firstOffset: firstOffset.toString(), lastOffsetDelta, magicByte },
  }
  return { ...record.batchContext, records: [record] } as { records: unknown[] }
}

/**
 * kafkajs 2.2.4 ends the consumer where a record batch cannot be unpacked (what it unpacks to is above our bound, or its compression is not known here), and it
 * meets the same batch when it starts again: none of its partitions goes on, for as long as the topic keeps that batch. Guarded, a message
 * without a value stands for the batch, with the reason in a header.
 */
export function guardUnreadableBatch(): void {
  const path = load.resolve(BATCH_DECODER)
  const decode = load(path) as DecodeBatch & { guarded?: true }
  if (decode.guarded) return
  const guarded: DecodeBatch & { guarded?: true } = async (decoder) => {
    const head: Decoder = Object.assign(Object.create(Object.getPrototypeOf(decoder)), decoder)
    try {
      const batch = await decode(decoder)
      if (batch.records.length <= MOST_RECORDS) return batch
      return standIn(head, `${batch.records.length} records in one batch, at most ${MOST_RECORDS} are read`)
    } catch (error) {
      // Cut off by the bound of a fetch: it comes whole with the next one.
      if ((error as Error).name === 'KafkaJSPartialMessageError') throw error
      return standIn(head, `a record batch cannot be read: ${(error as Error).message}`)
    }
  }
  guarded.guarded = true
  // Whoever reads fetches loads it when the first comes, and takes what is here then.
  const loaded = load.cache[path]
  if (loaded === undefined) throw new Error(`${BATCH_DECODER} cannot be guarded`)
  loaded.exports = guarded
}
