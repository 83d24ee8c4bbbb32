import { createHash } from 'node:crypto'
import { leftOutRow, StoreError } from '@headwater/store'
import { Inject, Injectable } from '@nestjs/common'
import { Metrics } from '../metrics/metrics.js'
import { type IngestOptions, OPTIONS } from '../options.js'
import { tokenOf } from '../store/token.js'
import { StoreWriter } from '../store/writer.js'
import { type Left, leftOutBatch } from './left-out.js'

const TABLE = 'left_out'

/**
 * What stands for one that is left out, the same when it comes again: its place on the bus, or, where the bus gives a message another place each time,
 * what is in it.
 */
function nameOf({ message, kind, reason = '', batch, copy }: Left, position?: string): string {
  const { topic, partition, offset, key, value } = message
  // A topic that is made anew counts its offsets from 0 again.
  const place = position === undefined ? topic : `${topic}/${partition}/${offset}`
  const content =
    batch === undefined
      ? createHash('sha256').update(key).update('\n').update(value).digest('base64url')
      : `${batch.meta.instance}:${batch.meta.sequence}`
  return [place, content, kind, reason, copy ?? ''].join('\n')
}

/** Tells the table `left_out` what is not stored of what came: for the accounts of each agent. */
@Injectable()
export class LeftOutKeeper {
  constructor(
    @Inject(OPTIONS) private readonly options: IngestOptions,
    private readonly metrics: Metrics,
    private readonly writer: StoreWriter,
  ) {}

  /**
   * One insert, whose token is made of what is left out: that of a chunk which comes again is the same.
   * @param made Unix ms, at which the messages were first tried
   * @param position of their chunk
   * @throws BusError backpressure where the store does not take it for now
   */
  async keep(left: readonly Left[], made: number, position?: string): Promise<void> {
    if (left.length === 0) return
    const rows = left.map((one) => leftOutRow(leftOutBatch(one, made)))
    const token = tokenOf(TABLE, [position ?? '', ...left.map((one) => nameOf(one, position))])
    try {
      await this.writer.insertRows(TABLE, rows, () => token)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      // What the store refuses for good must not keep sound rows from being acknowledged.
      this.metrics.rowsDropped.inc({ table: TABLE, reason: 'refused-by-store' }, rows.length)
      this.options.logger.error('what was left out is missing in the accounts of its agents', {
        messages: rows.length,
        reason: error.message,
      })
      return
    }
    this.metrics.rowsOut.inc({ table: TABLE }, rows.length)
  }
}
