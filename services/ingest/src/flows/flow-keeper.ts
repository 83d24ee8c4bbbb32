import type { AllColumns, Memory } from '@headwater/contracts'
import { encodeFlows } from '@headwater/store'
import { Inject, Injectable } from '@nestjs/common'
import { EdgeMetrics } from '../metrics/edges/edge-metrics.js'
import type { Counted } from '../metrics/edges/ledger.js'
import { Metrics } from '../metrics/metrics.js'
import { type IngestOptions, OPTIONS } from '../options.js'
import { spanOf } from '../rows/split.js'
import type { Block, Keeper } from '../rows/table.js'
import { StoreWriter } from '../store/writer.js'

/** Stores blocks of `flows`, and counts the edges of what was not counted before. */
@Injectable()
export class FlowKeeper implements Keeper<AllColumns> {
  constructor(
    @Inject(OPTIONS) private readonly options: IngestOptions,
    private readonly writer: StoreWriter,
    private readonly metrics: Metrics,
    private readonly edges: EdgeMetrics,
  ) {}

  async keep(block: Block<AllColumns>, counted: Counted, memory?: Memory): Promise<boolean> {
    const { columns, parts, rows, batches, token, again } = block
    const describe = () => ({ batches, ...spanOf(columns.time) })
    // Also what is in: the rollups may lack it.
    await this.writer.insertBlock('flows', encodeFlows(parts, memory), token, describe, again)
    try {
      this.#count(columns, rows, token, counted)
    } catch (error) {
      // The rows are in: an error here must not have them stored again under another token.
      this.options.logger.error('the counters of edges lack a block', { token, reason: (error as Error).message })
    }
    return true
  }

  #count(columns: AllColumns, rows: number, token: string, counted: Counted): void {
    if (counted === undefined) this.metrics.rowsUncounted.inc({}, rows)
    else if (!counted.has(token)) {
      counted.add(token)
      this.edges.count(columns, rows)
    }
  }
}
