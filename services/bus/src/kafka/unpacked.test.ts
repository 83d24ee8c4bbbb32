import { gzipSync, zstdCompressSync } from 'node:zlib'
import kafkajs, { type KafkaMessage } from 'kafkajs'
import { beforeAll, expect, it } from 'vitest'
import { registerCodecs } from './compression.js'
import { release } from './unpacked.js'

type Codec = { decompress(buffer: Buffer): Promise<Buffer> }

beforeAll(registerCodecs)

const packers = { GZIP: gzipSync, ZSTD: zstdCompressSync } as const

const unpack = (kind: keyof typeof packers, bytes: Buffer): Promise<Buffer> => {
  const codec = kafkajs.CompressionCodecs[kafkajs.CompressionTypes[kind]]() as Codec
  return codec.decompress(packers[kind](bytes, { pledgedSrcSize: bytes.length }))
}

const message = (fields: Partial<KafkaMessage>): KafkaMessage =>
  ({ offset: '0', timestamp: '0', attributes: 0, key: null, value: null, headers: {}, ...fields }) as KafkaMessage

/** A record batch of so many messages, each of so many bytes of its number. */
async function recordBatch(kind: keyof typeof packers, count: number, bytes = 20_000): Promise<KafkaMessage[]> {
  const all = await unpack(kind, Buffer.concat(Array.from({ length: count }, (_, n) => Buffer.alloc(bytes, n + 1))))
  return Array.from({ length: count }, (_, n) => message({ value: all.subarray(n * bytes, (n + 1) * bytes) }))
}

const intact = (messages: readonly KafkaMessage[]) => messages.map(({ value }) => value?.[0])

it.each(['GZIP', 'ZSTD'] as const)('gives the memory of unpacked record batches back: %s', async (kind) => {
  const [one, other] = [await recordBatch(kind, 3), await recordBatch(kind, 2)]
  expect(intact([...one, ...other])).toEqual([1, 2, 3, 1, 2])
  release([...one, ...other], undefined)
  for (const { value } of [...one, ...other]) expect(value?.buffer.byteLength).toBe(0)
})

it('keeps a record batch of which a message is still to come, and gives it back with that', async () => {
  const [one, other] = [await recordBatch('ZSTD', 2), await recordBatch('ZSTD', 3)]
  release([...one, ...other.slice(0, 1)], other[1])
  expect(intact(one)).toEqual([undefined, undefined])
  expect(intact(other)).toEqual([1, 2, 3])
  release(other.slice(1), undefined)
  expect(intact(other)).toEqual([undefined, undefined, undefined])
})

it('keeps it also for the key or a header of the next one', async () => {
  const all = await unpack('ZSTD', Buffer.alloc(50_000, 7))
  const done = message({ value: all.subarray(0, 100) })
  release([done], message({ key: all.subarray(100, 200) }))
  release([done], message({ headers: { some: all.subarray(200, 300) } }))
  expect(intact([done])).toEqual([7])
  release([done], message({}))
  expect(intact([done])).toEqual([undefined])
})

it('leaves alone what is not of our codecs, or is beside what is others’', async () => {
  const fetched = Buffer.alloc(50_000, 9)
  // That of so short a frame says how much it holds, and lies in the pool.
  const small = await unpack('ZSTD', Buffer.from(Array.from({ length: 100 }, (_, n) => 8 + n)))
  expect(small.buffer.byteLength).toBe(Buffer.poolSize)
  const messages = [message({ value: fetched.subarray(10, 20) }), message({ value: small }), message({})]
  release(messages, undefined)
  release(messages, undefined)
  expect(intact(messages)).toEqual([9, 8, undefined])
})
