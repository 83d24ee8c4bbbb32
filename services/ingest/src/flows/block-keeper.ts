import type { Memory } from '@headwater/contracts'
import { type BatchId, encodeFlows } from '@headwater/store'
import { Inject, Injectable } from '@nestjs/common'
import { EdgeMetrics } from '../metrics/edges/edge-metrics.js'
import type { Counted } from '../metrics/edges/ledger.js'
import { Metrics } from '../metrics/metrics.js'
import { type IngestOptions, OPTIONS } from '../options.js'
import { StoreWriter } from '../store/writer.js'
import type { Part } from './merge.js'
import { spanOf } from './split.js'

/** A block of `flows`: the rows of some batches in one partition. */
export interface FlowBlock extends Part {
  batches: readonly BatchId[]
  token: string
  /** false where nobody can have tried it before. */
  again?: boolean
}

/** Stores blocks of `flows`, and counts the edges of what was not counted before. */
@Injectable()
export class BlockKeeper {
  constructor(
    @Inject(OPTIONS) private readonly options: IngestOptions,
    private readonly writer: StoreWriter,
    private readonly metrics: Metrics,
    private readonly edges: EdgeMetrics,
  ) {}

  /**
   * @param counted tokens of what has been counted; this one is added
   * @param memory for the block as it is sent
   * @throws as StoreWriter.insertBlock
   */
  async keep({ columns, rows, batches, token, again }: FlowBlock, counted: Counted, memory?: Memory): Promise<void> {
    const describe = () => ({ batches, ...spanOf(columns.time) })
    await this.writer.insertBlock('flows', encodeFlows(columns, rows, memory), token, describe, again)
    this.metrics.rowsOut.inc({ table: 'flows' }, rows)
    try {
      this.#count(columns, rows, token, counted)
    } catch (error) {
      // The rows are in: an error here must not have them stored again under another token.
      this.options.logger.error('the counters of edges lack a block', { token, reason: (error as Error).message })
    }
  }

  #count(columns: Part['columns'], rows: number, token: string, counted: Counted): void {
    if (counted === undefined) this.metrics.rowsUncounted.inc({}, rows)
    else if (!counted.has(token)) {
      counted.add(token)
      this.edges.count(columns, rows)
    }
  }
}
