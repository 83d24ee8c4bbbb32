import { createRequire } from 'node:module'
import type { KafkaMessage } from 'kafkajs'
import { packedOf } from '../unpacked.js'
import { consumerGroupClass } from './idle-fetch.js'

/** What this guard needs of kafkajs' consumer in its group. */
export interface FetchingClass {
  prototype: { fetch(nodeId: number): Promise<{ rawMessages: readonly KafkaMessage[] }[]> }
}

/** What it needs of a connection to a broker: what has come of an answer that is not whole yet. */
export interface ConnectionClass {
  prototype: { chunks: Buffer[]; processData(bytes: Buffer): unknown }
}

const load = createRequire(import.meta.url)

const connectionClass = (): ConnectionClass => load('kafkajs/src/network/connection.js') as ConnectionClass

const guarded = new WeakSet<object>()

/** Whether this memory holds an answer and no more: its length (4 bytes, big-endian) and so many bytes. Smaller ones lie beside others. */
const isOneAnswer = (memory: ArrayBufferLike): boolean =>
  memory.byteLength > Buffer.poolSize && new DataView(memory).getInt32(0) + 4 === memory.byteLength

/**
 * kafkajs 2.2.4 leaves the answer to a fetch to the garbage collector, who finds it long after all that it brought is unpacked: it has grown old by then, and
 * dozens of them, of some MB each, waited. It also goes on from an empty view of each answer, so that the first piece of the next is copied once more.
 * Guarded, the memory of an answer is given back as soon as all of it is unpacked.
 */
export function guardPackedAnswers(
  group = consumerGroupClass() as unknown as FetchingClass,
  connection = connectionClass(),
): void {
  if (guarded.has(group)) return
  guarded.add(group)
  const { fetch } = group.prototype
  const { processData } = connection.prototype

  connection.prototype.processData = function (bytes) {
    const result = processData.call(this, bytes)
    // What is left of the answer before, which may be given back meanwhile.
    if (this.chunks.length === 1 && this.chunks[0]?.length === 0) this.chunks = []
    return result
  }

  group.prototype.fetch = async function (nodeId) {
    const fetched = await fetch.call(this, nodeId)
    for (const memory of packedOf(fetched.flatMap(({ rawMessages }) => rawMessages)))
      if (isOneAnswer(memory)) (memory as ArrayBuffer).transfer(0)
    return fetched
  }
}
