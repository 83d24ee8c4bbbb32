import { createRequire } from 'node:module'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { heap, type Memory } from '@headwater/contracts'
import kafkajs, { type KafkaMessage } from 'kafkajs'
import { beforeAll, describe, expect, it } from 'vitest'
import { registerCodecs } from './compression.js'
import { inPlace, release } from './unpacked.js'

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

describe('values that are not copied', () => {
  const load = createRequire(import.meta.url)
  const encodeRecord = load('kafkajs/src/protocol/recordBatch/record/v0/index.js')
  const { RecordBatch } = load('kafkajs/src/protocol/recordBatch/v0/index.js')
  const decodeBatch = load('kafkajs/src/protocol/recordBatch/v0/decoder.js')
  const Decoder = load('kafkajs/src/protocol/decoder.js')
  const noMemory: Memory = {
    take: () => {
      throw new Error('a copy')
    },
  }

  type Fields = { key: string | null; value: Buffer | null; headers: Record<string, string> }

  /** Messages as they come of one record batch that a broker sends. */
  async function fetched(records: readonly Fields[]): Promise<KafkaMessage[]> {
    const encoded = records.map(({ key, value, headers }, offsetDelta) =>
      encodeRecord({ offsetDelta, timestampDelta: 0, key, value, headers }),
    )
    const compression = kafkajs.CompressionTypes.ZSTD
    const { buffer } = await RecordBatch({ compression, lastOffsetDelta: records.length - 1, records: encoded })
    return (await decodeBatch(new Decoder(buffer))).records
  }

  const fieldsOf = ({ key, value, headers }: KafkaMessage) => ({
    key: key?.toString() ?? null,
    value: value?.toString('latin1') ?? null,
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
  })

  it('lie at aligned addresses, and leave keys, headers and other messages as they were, also when they are asked for again', async () => {
    const long = (n: number, length: number): Fields => ({
      key: n % 3 === 0 ? null : 'k'.repeat(n % 9),
      value: Buffer.from(Array.from({ length }, (_, i) => (i * 7 + n) % 256)),
      headers: n % 2 === 0 ? {} : { a: `${n}`, b: 'x'.repeat(n % 8) },
    })
    const records = Array.from({ length: 300 }, (_, n) => long(n, 64 + n))
    const messages = await fetched(records)
    const before = messages.map(fieldsOf)
    expect(before.map(({ value }) => value)).toEqual(records.map(({ value }) => value?.toString('latin1')))
    for (let again = 0; again < 2; again++) {
      const values = messages.map((m) => inPlace(m, noMemory))
      expect(values.every(({ byteOffset }) => byteOffset % 8 === 0)).toBe(true)
      expect(values.map((v) => Buffer.from(v).toString('latin1'))).toEqual(before.map(({ value }) => value))
      expect(messages.map(fieldsOf)).toEqual(before)
    }
    release(messages, undefined)
    expect(messages.every(({ value }) => value?.length === 0)).toBe(true)
  })

  it('are not those that are so short that others lie right before them, nor those of anybody else', async () => {
    const short = (n: number): Fields => ({ key: null, value: n === 0 ? null : Buffer.alloc(n % 64, n), headers: {} })
    const messages = await fetched(Array.from({ length: 2000 }, (_, n) => short(n)))
    const before = messages.map(fieldsOf)
    const values = messages.map((m) => Buffer.from(inPlace(m, heap)).toString('latin1'))
    expect(values).toEqual(before.map(({ value }) => value ?? ''))
    expect(messages.map(fieldsOf)).toEqual(before)
    const foreign = Buffer.alloc(1000, 5).subarray(3, 900)
    const copy = inPlace(message({ value: foreign }), heap)
    expect(copy.buffer).not.toBe(foreign.buffer)
    expect(Buffer.from(copy).equals(foreign)).toBe(true)
  })
})
