import type { Component, Logger } from '@headwater/contracts'
import type { StoreClient } from '../client/client.js'

export interface DiskCapOptions {
  /** A client of the role admin. */
  client: StoreClient
  logger: Logger
  maxBytes: number
  database?: string
  /** Milliseconds between checks. Default 60 s. */
  intervalMs?: number
}

export interface DroppedPartition {
  table: string
  partition: string
  bytes: number
  rows: number
}

/** What one check found and did. `bytes`: on disk afterwards. */
export interface DiskCapResult {
  bytes: number
  dropped: DroppedPartition[]
}

interface Partitions {
  table: string[]
  partition: string[]
  id: string[]
  bytes: number[]
  rows: number[]
}

/** Tables that may lose partitions, in this order: raw rows go first, whichever table the oldest are in; the rollups of an hour last. */
const expendable = [['flows', 'dns'], ['edges_1m'], ['edges_1h'], ['zones_1h']]

/**
 * Keeps the store's tables below a size on disk: drops the oldest partitions of `flows` and `dns`, then of the rollups, and never a table's
 * newest. What is dropped is logged and counted.
 */
export class DiskCap implements Component {
  private timer: NodeJS.Timeout | undefined
  private running: Promise<unknown> = Promise.resolve()
  /** Since start. */
  readonly counters = { partitions: 0, bytes: 0, rows: 0 }
  /** Bytes on disk at the last check; undefined before it. */
  lastBytes: number | undefined

  constructor(private readonly options: DiskCapOptions) {}

  async start(): Promise<void> {
    await this.checkAndLog()
    this.timer = setInterval(() => {
      this.running = this.checkAndLog()
    }, this.options.intervalMs ?? 60_000)
    this.timer.unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    await this.running
  }

  /** One check. @throws StoreError */
  async check(): Promise<DiskCapResult> {
    const { client, logger, maxBytes, database = 'headwater' } = this.options
    const { columns, rows } = await client.query<Partitions>(
      `SELECT table, partition, partition_id AS id, sum(bytes_on_disk) AS bytes, sum(rows) AS rows
       FROM system.parts WHERE database = {database:String} AND active
       GROUP BY table, partition, partition_id ORDER BY partition, table`,
      { database },
    )
    let bytes = columns.bytes.reduce((sum, part) => sum + part, 0)
    const dropped: DroppedPartition[] = []
    for (const tables of expendable) {
      // Partition values are dates or times: their text sorts as they do, and so they come. The last one of a table is its newest.
      const isOf = (i: number, table: string) => columns.table[i] === table
      const indices = Array.from({ length: rows }, (_, i) => i)
      const newest = tables.map((table) => indices.findLast((i) => isOf(i, table)))
      for (const i of indices) {
        if (bytes <= maxBytes) break
        const table = tables.find((name) => isOf(i, name))
        if (table === undefined || newest.includes(i)) continue
        const partition = {
          partition: columns.partition[i] ?? '',
          bytes: columns.bytes[i] ?? 0,
          rows: columns.rows[i] ?? 0,
        }
        await client.command(`ALTER TABLE ${database}.${table} DROP PARTITION ID '${partitionId(columns.id[i])}'`)
        bytes -= partition.bytes
        dropped.push({ table, ...partition })
        // Here, not at the end: a later drop that fails must not hide this one.
        this.counters.partitions++
        this.counters.bytes += partition.bytes
        this.counters.rows += partition.rows
        logger.warn('disk cap: dropped the oldest partition', { table, ...partition, maxBytes })
      }
    }
    if (bytes > maxBytes)
      logger.warn('disk cap: the newest partitions alone are larger than store.max-bytes', { bytes, maxBytes })
    this.lastBytes = bytes
    return { bytes, dropped }
  }

  private async checkAndLog(): Promise<void> {
    await this.check().catch((error: Error) =>
      this.options.logger.warn('disk cap: check failed, next try at the next interval', { error: error.message }),
    )
  }
}

function partitionId(id: string | undefined): string {
  if (id === undefined || !/^[0-9a-zA-Z_-]+$/.test(id)) throw new Error(`not a partition id: ${id}`)
  return id
}
