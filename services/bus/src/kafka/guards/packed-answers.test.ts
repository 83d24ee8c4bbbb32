import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { zstdCompressSync } from 'node:zlib'
import kafkajs, { type KafkaMessage } from 'kafkajs'
import { beforeAll, expect, it } from 'vitest'
import { registerCodecs } from '../compression.js'
import { type ConnectionClass, guardPackedAnswers } from './packed-answers.js'

beforeAll(registerCodecs)

const load = createRequire(import.meta.url)
const connectionOf = (): ConnectionClass & (new (options: object) => object) => {
  // A class of its own: that of the package may have been guarded.
  const path = load.resolve('kafkajs/src/network/connection.js')
  delete load.cache[path]
  return load(path)
}

const VALUE_BYTES = 50_000

/** An answer as it lies in memory: its length, then what is packed, then `plain` bytes as they are, then what comes behind it. */
function answerOf(packed: Buffer, plain = 0, behind = 0): ArrayBuffer {
  const memory = new ArrayBuffer(4 + packed.length + plain + behind)
  const bytes = Buffer.from(memory)
  bytes.writeInt32BE(packed.length + plain)
  bytes.set(packed, 4)
  return memory
}

const message = (value: Buffer): KafkaMessage => ({ value, key: null, headers: {} }) as unknown as KafkaMessage

/** Fetches `answer` with a guarded class, its packed part of `length` bytes unpacked by our codec into two messages. */
async function fetched(answer: ArrayBuffer, length: number, plain: KafkaMessage[] = []): Promise<KafkaMessage[]> {
  const { decompress } = kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD]() as {
    decompress(packed: Buffer): Promise<Buffer>
  }
  class Group {
    async fetch() {
      const bytes = await decompress(Buffer.from(answer, 4, length))
      const values = [bytes.subarray(0, VALUE_BYTES), bytes.subarray(VALUE_BYTES)]
      return [{ rawMessages: values.map(message) }, { rawMessages: plain }]
    }
  }
  guardPackedAnswers(Group, connectionOf())
  return (await new Group().fetch()).flatMap(({ rawMessages }) => rawMessages)
}

/** Random, so that it takes as much room when it is packed. */
const values = randomBytes(2 * VALUE_BYTES)
const packed = zstdCompressSync(values)

it('gives the memory of an answer back once all of it is unpacked', async () => {
  const answer = answerOf(packed)
  const messages = await fetched(answer, packed.length)
  expect(answer.byteLength).toBe(0)
  expect(Buffer.concat(messages.map(({ value }) => value as Buffer)).equals(values)).toBe(true)
})

it('keeps an answer of which a message lies there as it came', async () => {
  const answer = answerOf(packed, 100)
  await fetched(answer, packed.length, [message(Buffer.from(answer, 4 + packed.length, 100))])
  expect(answer.byteLength).toBe(4 + packed.length + 100)
})

it('keeps an answer that has the beginning of the next one behind it', async () => {
  const answer = answerOf(packed, 0, 7)
  await fetched(answer, packed.length)
  expect(answer.byteLength).toBe(4 + packed.length + 7)
})

it('goes on with the next answer where the one before was given back', () => {
  const Connection = connectionOf()
  class Group {
    async fetch() {
      return []
    }
  }
  guardPackedAnswers(Group, Connection)
  const answers: Buffer[] = []
  const connection = Object.assign(Object.create(Connection.prototype), {
    ...{ chunks: [], bytesBuffered: 0, bytesNeeded: 4 },
    requestQueue: { fulfillRequest: ({ payload }: { payload: Buffer }) => answers.push(payload) },
  })
  const whole = Buffer.from(new ArrayBuffer(4 + 4 + 50_000)).fill(7)
  whole.writeInt32BE(4 + 50_000)
  connection.processData(whole)
  expect(answers.map(({ length }) => length)).toEqual([50_000])
  whole.buffer.transfer(0)
  const next = Buffer.from([0, 0, 0, 6, 0, 0, 0, 1, 8, 9])
  connection.processData(next.subarray(0, 7))
  connection.processData(next.subarray(7))
  expect([...(answers[1] as Buffer)]).toEqual([8, 9])
})
