import {
  Arena,
  batchHeaders,
  encodeFlowBatch,
  inPackingOrder,
  MAX_MESSAGE_BYTES,
  SCHEMA_VERSION,
  topics,
} from '@headwater/contracts/producer'
import type { NodeIdentity } from '../identity/node-identity.js'
import type { Parcel } from '../outbox/queue.js'
import type { Tally } from '../report/tally.js'
import { type FlowBuffer, KEPT_ROWS } from './flow-buffer.js'
import { MessageBuffers } from './message-buffers.js'

/** Rows of a batch at most: as many as the buffer keeps room for, so that it is never made anew under load. */
export const MAX_ROWS = KEPT_ROWS
/** Estimated bytes at which a batch is cut: room is left for the schema and the rows between two looks. */
export const FULL_BYTES = MAX_MESSAGE_BYTES - 512 * 1024

export interface BatcherOptions {
  identity: NodeIdentity
  instance: string
  version: string
  buffer: FlowBuffer
  tally: Tally
  /** Brings the tally up to date with what was lost; before each batch. */
  takeStock?: () => void
}

/** Cuts the rows of the buffer into numbered Arrow batches. */
export class Batcher {
  #sequence = 0
  readonly #buffers = new MessageBuffers()
  readonly #ordered = new Arena()
  readonly #room = (bytes: number) => this.#buffers.take(bytes)

  constructor(private readonly o: BatcherOptions) {}

  /** Is a batch due before its time? */
  get full(): boolean {
    return this.o.buffer.rows >= MAX_ROWS || this.o.buffer.bytes >= FULL_BYTES
  }

  /** The rows so far as one message, or undefined where there are none; the buffer is empty then. */
  cut(): Parcel | undefined {
    const { buffer, tally, identity, instance, version } = this.o
    const rows = buffer.rows
    if (rows === 0) return undefined
    this.o.takeStock?.()
    const sequence = ++this.#sequence
    tally.rows += rows
    tally.batches++
    const meta = {
      schema_version: SCHEMA_VERSION,
      ...identity,
      instance,
      sequence,
      agent_version: version,
      produced: tally.produced,
      dropped: tally.dropped,
      ...(tally.losses !== undefined && { losses: tally.losses }),
      ...(tally.excluded !== undefined && { excluded: tally.excluded }),
    }
    let value: Uint8Array<ArrayBuffer>
    try {
      const columns = inPackingOrder(buffer.columns(), rows, this.#ordered)
      value = encodeFlowBatch({ meta, rows, columns }, this.#room)
    } catch (cause) {
      tally.drop('encode-failed', rows)
      throw new Error(`${rows} rows could not be encoded: ${(cause as Error).message}`, { cause })
    } finally {
      buffer.clear()
      this.#ordered.reset()
    }
    return {
      kind: 'flows',
      rows,
      recycle: () => this.#buffers.give(value),
      messages: [
        {
          topic: topics.flows,
          key: instance,
          value,
          headers: batchHeaders(instance, sequence, rows),
        },
      ],
    }
  }
}
