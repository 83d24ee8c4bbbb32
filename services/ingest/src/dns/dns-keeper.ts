import type { AllDnsColumns, Memory } from '@headwater/contracts'
import { encodeDns } from '@headwater/store'
import { Injectable } from '@nestjs/common'
import { DnsMetrics } from '../metrics/dns.js'
import type { Counted } from '../metrics/edges/ledger.js'
import { spanOf } from '../rows/split.js'
import type { Block, Keeper } from '../rows/table.js'
import { StoreWriter } from '../store/writer.js'

/** Stores blocks of `dns`, and counts the questions of what was not counted before. */
@Injectable()
export class DnsKeeper implements Keeper<AllDnsColumns> {
  constructor(
    private readonly writer: StoreWriter,
    private readonly dns: DnsMetrics,
  ) {}

  async keep(block: Block<AllDnsColumns>, counted: Counted, memory?: Memory): Promise<boolean> {
    const { columns, parts, rows, batches, token, again } = block
    const isIn = counted?.has(token) ?? false
    // A batch by itself may come again long after the store has forgotten its token.
    if (isIn && again === undefined) return false
    const describe = () => ({ batches, ...spanOf(columns.time) })
    await this.writer.insertBlock('dns', encodeDns(parts, memory), token, describe, again)
    if (!isIn) this.dns.count(columns, rows)
    counted?.add(token)
    return true
  }
}
