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
    private readonly ledger: DnsLedger,
    private readonly losses: BatchLosses,
  ) {}

  async take(messages: readonly DeliveredMessage[]): Promise<void> {
    for (const message of messages) await this.#takeOne(message)
  }

  async #takeOne(message: DeliveredMessage): Promise<void> {
    let batch: DecodedDnsBatch
    try {
      batch = decodeDnsBatch(message.value)
    } catch (error) {
      const reason = error instanceof DecodeError ? error.code : INTERNAL_ERROR
      await this.#drop(message, reason, (error as Error).message)
      return
    }
    const { instance, sequence } = batch.meta
    this.metrics.rowsIn.inc({ table: TABLE }, batch.rows)
    this.metrics.unknownColumns(batch.unknown)
    if (this.#stored.has(instance, sequence)) {
      this.metrics.messagesDropped.inc({ topic: this.topic, reason: 'duplicate' })
      this.metrics.rowsDropped.inc({ table: TABLE, reason: 'duplicate' }, batch.rows)
      return
    }
    let times: readonly BigInt64Array[]
    try {
      times = await this.#store(batch, message)
    } catch (error) {
      if (error instanceof BusError) throw error
      const reason = reasonOf(error as Error)
      this.metrics.rowsDropped.inc({ table: TABLE, reason }, batch.rows)
      await this.#drop(message, reason, (error as Error).message)
      return
    }
    // One of which nothing is stored may be replayed under its sequence.
    if (times.length > 0) this.#stored.add(instance, sequence)
    this.ledger.end(instance, sequence)
    await this.losses.keep('dns', batch.meta, times, message.timestamp)
    this.metrics.messagesOut.inc({ topic: this.topic })
  }

  /** @returns times of the rows that were stored, by partition */
  async #store(batch: DecodedDnsBatch, message: DeliveredMessage): Promise<BigInt64Array[]> {
    if (batch.rows === 0) return []
    const { meta, rows, columns } = batch
    const split = splitByTime(columns.time, Date.now(), this.options.retentionMs ?? DEFAULT_RETENTION_MS)
    for (const [reason, dead] of split.dead) await this.#putRowsAside(batch, message, reason, dead)
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
        await this.#putRowsAside(batch, message, reasonOf(error as Error), chosen)
        continue
      }
      times.push(block.time)
      stored?.add(token)
      this.metrics.rowsOut.inc({ table: TABLE }, chosen.length)
      this.dns.count(block, chosen.length)
    }
    return times
  }

  async #putRowsAside(batch: DecodedDnsBatch, message: DeliveredMessage, reason: string, rows: Int32Array) {
    const columns = takeTableRows(dnsColumns, batch.columns as AllDnsColumns, rows)
    const value = encodeDnsBatch({ meta: batch.meta, rows: rows.length, columns })
    const detail = `${rows.length} of ${batch.rows} DNS rows of ${batch.meta.instance}, batch ${batch.meta.sequence}`
    await this.deadLetters.put({ message, reason, detail, value, part: rows.length < batch.rows })
    this.metrics.rowsDropped.inc({ table: TABLE, reason }, rows.length)
  }

  async #drop(message: DeliveredMessage, reason: string, detail: string): Promise<void> {
    await this.deadLetters.put({ message, reason, detail })
    this.metrics.messagesDropped.inc({ topic: this.topic, reason })
  }
}
