import { batchHeaders, encodeDnsBatch, SCHEMA_VERSION, topics } from '@headwater/contracts/producer'
import type { NodeIdentity } from '../identity/node-identity.js'
import type { Parcel } from '../outbox/queue.js'
import type { Tally } from '../report/tally.js'
import type { DnsBuffer } from './dns-buffer.js'

/** Rows of a batch at most: about 300 bytes each, names included, stay far below what the bus takes. */
export const MAX_DNS_ROWS = 4000

export interface DnsBatcherOptions {
  identity: NodeIdentity
  instance: string
  version: string
  buffer: DnsBuffer
  /** Of DNS rows. */
  tally: Tally
  /** Brings the tally up to date with what was lost; before each batch. */
  takeStock?: () => void
}

/** Cuts DNS rows into numbered Arrow batches; their numbers are their own. */
export class DnsBatcher {
  constructor(private readonly o: DnsBatcherOptions) {}

  get full(): boolean {
    return this.o.buffer.rows.length >= MAX_DNS_ROWS
  }

  /** The first rows as one message, or undefined where there are none. */
  cut(): Parcel | undefined {
    const { buffer, tally, identity, instance, version } = this.o
    if (buffer.rows.length === 0) return undefined
    this.o.takeStock?.()
    const { rows, columns } = buffer.take(MAX_DNS_ROWS)
    tally.rows += rows
    const sequence = ++tally.batches
    const meta = {
      schema_version: SCHEMA_VERSION,
      ...identity,
      instance,
      sequence,
      agent_version: version,
      produced: tally.produced,
      dropped: tally.dropped,
      ...(tally.losses !== undefined && { losses: tally.losses }),
    }
    return {
      kind: 'dns',
      rows,
      messages: [
        {
          topic: topics.dns,
          key: instance,
          value: encodeDnsBatch({ meta, rows, columns }),
          headers: batchHeaders(instance, sequence, rows),
        },
      ],
    }
  }
}
