import type { KafkaMessage } from 'kafkajs'

/** What our codecs have unpacked: each holds one record batch, and nobody else's bytes. */
const unpacked = new WeakSet<ArrayBufferLike>()

/** Marks what a codec has made of a record batch. It may lie in Node's pool, beside what is others', where it is smaller than half of that. */
export function markUnpacked(bytes: Buffer): Buffer {
  const room = bytes.buffer.byteLength
  if (room > Buffer.poolSize || 2 * bytes.length > room) unpacked.add(bytes.buffer)
  return bytes
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
