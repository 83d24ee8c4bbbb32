import type { Memory } from '@headwater/contracts'
import type { KafkaMessage } from 'kafkajs'

/** What our codecs have unpacked: each holds one record batch, and nobody else's bytes. With each, where it lay packed, until somebody asks. */
const unpacked = new WeakMap<ArrayBufferLike, ArrayBufferLike | undefined>()

/** Marks what a codec has made of a record batch. It may lie in Node's pool, beside what is others', where it is smaller than half of that. */
export function markUnpacked(bytes: Buffer, packed: Buffer): Buffer {
  const room = bytes.buffer.byteLength
  if (room > Buffer.poolSize || 2 * bytes.length > room) unpacked.set(bytes.buffer, packed.buffer)
  return bytes
}

/** Where messages lay packed that have been unpacked since, each place once: not where others of them lie as they came. */
export function packedOf(messages: Iterable<KafkaMessage>): Set<ArrayBufferLike> {
  const packed = new Set<ArrayBufferLike>()
  const asTheyCame = new Set<ArrayBufferLike>()
  for (const message of messages) {
    const buffer = bufferOf(message)
    if (buffer === undefined) continue
    const from = unpacked.get(buffer)
    if (from !== undefined) {
      packed.add(from)
      unpacked.set(buffer, undefined)
    } else if (!unpacked.has(buffer)) asTheyCame.add(buffer)
  }
  for (const buffer of asTheyCame) packed.delete(buffer)
  return packed
}

/** Where a message lies; undefined of one without any bytes. */
function bufferOf({ key, value, headers }: KafkaMessage): ArrayBufferLike | undefined {
  const bytes =
    value ??
    key ??
    Object.values(headers ?? {})
      .flat()
      .find((header) => Buffer.isBuffer(header))
  return Buffer.isBuffer(bytes) ? bytes.buffer : undefined
}

/**
 * A copy of a value at an aligned address, where Arrow columns are views over it. It does not pin the whole fetch.
 */
export function copyOf({ value }: KafkaMessage, memory: Memory): Uint8Array {
  const copy = memory.take(Uint8Array, value?.length ?? 0)
  if (value !== null) copy.set(value)
  return copy
}

/** Of a value that is this long a record has 8 bytes before it: its own length (2), attributes, time, offset, length of the key, length of the value (2). */
const LEAST_IN_PLACE = 64

/**
 * The same without a copy: a value that one of our codecs has unpacked is moved to the aligned address before it, over the end of its own record's key,
 * of which the message gets a copy. Any other is copied.
 */
export function inPlace(message: KafkaMessage, memory: Memory): Uint8Array {
  const { value, key } = message
  if (value === null || value.length < LEAST_IN_PLACE || !unpacked.has(value.buffer)) return copyOf(message, memory)
  const off = value.byteOffset % 8
  const moved = Buffer.from(value.buffer as ArrayBuffer, value.byteOffset - off, value.length)
  if (off !== 0) {
    if (key !== null) message.key = Buffer.from(key)
    moved.set(value)
    message.value = moved
  }
  return new Uint8Array(moved.buffer, moved.byteOffset, moved.length)
}

/**
 * Gives back the memory of unpacked record batches at once: the engine collects garbage whenever so much of it has piled up, which was the most of what it
 * had to collect. Keys, values and headers of these messages are empty from then on.
 * @param done of a fetch, in its order: nothing is asked of them any more
 * @param next the one behind them, which may be of the same record batch: that one is kept then
 */
export function release(done: readonly KafkaMessage[], next: KafkaMessage | undefined): void {
  const kept = next && bufferOf(next)
  for (const message of done) {
    const buffer = bufferOf(message)
    if (buffer !== undefined && buffer !== kept && unpacked.delete(buffer)) (buffer as ArrayBuffer).transfer(0)
  }
}
