import {
  type AllDnsColumns,
  BusError,
  type DecodedDnsBatch,
  DecodeError,
  type DeliveredMessage,
  decodeDnsBatch,
  dnsColumns,
  encodeDnsBatch,
  topics,
} from '@headwater/contracts'
import { encodeDns } from '@headwater/store'
import { Inject, Injectable } from '@nestjs/common'
import { DeadLetters } from '../dead-letters/dead-letters.js'
import { LeftOut } from '../dead-letters/left-out.js'
import { LeftOutKeeper } from '../dead-letters/left-out-keeper.js'
import { INTERNAL_ERROR, reasonOf } from '../dead-letters/reason.js'
import { constant } from '../flows/dictionary.js'
import { takeTableRows } from '../flows/rows.js'
import { StoredSequences } from '../flows/sequences.js'
import { spanOf, splitByTime } from '../flows/split.js'
import { BatchLosses } from '../losses/batch-losses.js'
import { DnsMetrics } from '../metrics/dns.js'
import { Metrics } from '../metrics/metrics.js'
import { DEFAULT_RETENTION_MS, type IngestOptions, OPTIONS } from '../options.js'
import type { Stage } from '../stage.js'
import { StoreWriter } from '../store/writer.js'
import { DnsLedger } from './dns-ledger.js'

const TABLE = 'dns'

/** The agent's columns, and what its batch says once for all rows. */
function whole({ meta, rows, columns }: DecodedDnsBatch): AllDnsColumns {
  return {
    ...columns,
    cluster: constant(rows, meta.cluster),
    node: constant(rows, meta.node),
    realm: constant(rows, meta.realm),
    instance: constant(rows, meta.instance),
    sequence: new BigUint64Array(rows).fill(BigInt(meta.sequence)),
    local_zone: constant(rows, meta.zone),
    local_region: constant(rows, meta.region),
  }
}

/** Batches of questions to name servers: decoded, one Native block and one insert per partition of `dns`. */
@Injectable()
export class DnsStage implements Stage {
  readonly topic = topics.dns
  readonly #stored = new StoredSequences()

  constructor(
    @Inject(OPTIONS) private readonly options: IngestOptions,
    private readonly metrics: Metrics,
    private readonly dns: DnsMetrics,
    private readonly writer: StoreWriter,
    private readonly deadLetters: DeadLetters,
    private readonly leftOut: LeftOutKeeper,
    private readonly ledger: DnsLedger,
    private readonly losses: BatchLosses,
  ) {}

  async take(messages: readonly DeliveredMessage[]): Promise<void> {
    for (const message of messages) await this.#takeOne(message)
  }

  async #takeOne(message: DeliveredMessage): Promise<void> {
    const out = new LeftOut()
    const batch = this.#decode(message, out)
    const times = batch === undefined ? undefined : await this.#tryOne(batch, message, out)
    // Before it is known as stored: what is not put aside now comes again.
    await out.settle(this.deadLetters, this.leftOut)
    if (batch === undefined || times === undefined) return
    const { instance, sequence } = batch.meta
    // One of which nothing is stored may be replayed under its sequence.
    if (times.length > 0) this.#stored.add(instance, sequence)
    this.ledger.end(instance, sequence)
    await this.losses.keep('dns', batch.meta, times, message.timestamp)
    this.metrics.messagesOut.inc({ topic: this.topic })
  }

  /** @returns undefined where it is none, and is to be put aside */
  #decode(message: DeliveredMessage, out: LeftOut): DecodedDnsBatch | undefined {
    try {
      const batch = decodeDnsBatch(message.value)
      out.count(() => {
        this.metrics.rowsIn.inc({ table: TABLE }, batch.rows)
        this.metrics.unknownColumns(batch.unknown)
      })
      return batch
    } catch (error) {
      const reason = error instanceof DecodeError ? error.code : INTERNAL_ERROR
      this.#drop(message, reason, (error as Error).message, out)
      return undefined
    }
  }

  /** @returns times of the rows that were stored, by partition; undefined where the batch was left out */
  async #tryOne(batch: DecodedDnsBatch, message: DeliveredMessage, out: LeftOut): Promise<BigInt64Array[] | undefined> {
    const { instance, sequence } = batch.meta
    const copy = this.#stored.copies(instance, sequence)
    if (copy !== undefined) {
      const count = () => {
        this.metrics.messagesDropped.inc({ topic: this.topic, reason: 'duplicate' })
        this.metrics.rowsDropped.inc({ table: TABLE, reason: 'duplicate' }, batch.rows)
        this.#stored.addCopy(instance, sequence)
      }
      out.duplicate(message, batch, count, copy)
      return undefined
    }
    try {
      return await this.#store(batch, message, out)
    } catch (error) {
      if (error instanceof BusError) throw error
      const reason = reasonOf(error as Error)
      out.count(() => this.metrics.rowsDropped.inc({ table: TABLE, reason }, batch.rows))
      this.#drop(message, reason, (error as Error).message, out, batch)
      return undefined
    }
  }

  /** @returns times of the rows that were stored, by partition */
  async #store(batch: DecodedDnsBatch, message: DeliveredMessage, out: LeftOut): Promise<BigInt64Array[]> {
    if (batch.rows === 0) return []
    const { meta, rows, columns } = batch
    const split = splitByTime(columns.time, Date.now(), this.options.retentionMs ?? DEFAULT_RETENTION_MS)
    for (const [reason, dead] of split.dead) this.#putRowsAside(batch, message, reason, dead, out)
    // When it comes again, a row may have come due: it would be in a block whose token the store knows, and in no letter.
    await out.putAside(this.deadLetters)
    const all = whole(batch)
    const { instance, sequence } = meta
    const stored = await this.ledger.begin(instance, sequence)
    const times: BigInt64Array[] = []
    for (const [partition, chosen] of split.partitions) {
      const block = chosen.length === rows ? all : takeTableRows(dnsColumns, all, chosen)
      const token = `${TABLE}:${instance}:${sequence}:${partition / 1000}`
      if (stored?.has(token)) {
        times.push(block.time)
        this.metrics.rowsDropped.inc({ table: TABLE, reason: 'duplicate' }, chosen.length)
        continue
      }
      const describe = () => ({ batches: [{ instance, sequence }], ...spanOf(block.time) })
      try {
        await this.writer.insertBlock(TABLE, encodeDns(block, chosen.length), token, describe)
      } catch (error) {
        // All that there is: the message itself is put aside.
        if (error instanceof BusError || chosen.length === rows) throw error
        this.#putRowsAside(batch, message, reasonOf(error as Error), chosen, out)
        continue
      }
      times.push(block.time)
      stored?.add(token)
      this.metrics.rowsOut.inc({ table: TABLE }, chosen.length)
      this.dns.count(block, chosen.length)
    }
    return times
  }

  #putRowsAside(batch: DecodedDnsBatch, message: DeliveredMessage, reason: string, rows: Int32Array, out: LeftOut) {
    const columns = takeTableRows(dnsColumns, batch.columns as AllDnsColumns, rows)
    const value = encodeDnsBatch({ meta: batch.meta, rows: rows.length, columns })
    const detail = `${rows.length} of ${batch.rows} DNS rows of ${batch.meta.instance}, batch ${batch.meta.sequence}`
    const part = rows.length < batch.rows
    const count = () => this.metrics.rowsDropped.inc({ table: TABLE, reason }, rows.length)
    out.letter({ message, reason, detail, value, part }, count, { batch, rows: rows.length })
  }

  #drop(message: DeliveredMessage, reason: string, detail: string, out: LeftOut, batch?: DecodedDnsBatch): void {
    const count = () => this.metrics.messagesDropped.inc({ topic: this.topic, reason })
    out.letter({ message, reason, detail }, count, batch && { batch })
  }
}
