import { type ColumnStep, ColumnWriter, type Layout } from '@headwater/native'
import type { FlowBuffer } from '../columns/flow-buffer.js'
import type { RecordCounters } from './counters.js'
import type { FlowBlock } from './flow-block.js'
import type { RecordView } from './record-view.js'
import type { TurnOwners } from './turn-owners.js'

export interface BlockParts {
  buffer: FlowBuffer
  counters: RecordCounters
  block: FlowBlock
  owners: TurnOwners
}

/** What of a block's columns is copied, counted on or looked up in native code: times, ends and owners, and what a kind of rows has besides. */
export class BlockWriter {
  #made: { writer: ColumnWriter; layout: Layout; scalars: object; kept: object } | undefined

  /** @param kept an array of what is kept of the rows' sockets: where that is another, all are, and `steps` is asked again */
  constructor(
    private readonly parts: BlockParts,
    private readonly kept: () => object,
    private readonly steps: () => ColumnStep[],
  ) {}

  write(view: RecordView): void {
    const { block, counters } = this.parts
    counters.clamped += this.#writerOf(view.layout).write(view.records.buffer, block.length, block.firstRow)
  }

  /** The one of the arrays that there are: buffer and table make others as they grow. */
  #writerOf(layout: Layout): ColumnWriter {
    const { block, owners, buffer } = this.parts
    const { scalars } = buffer
    const kept = this.kept()
    const made = this.#made
    if (made?.scalars === scalars && made.kept === kept && made.layout === layout) return made.writer
    const writer = new ColumnWriter(layout, block, [...this.#ends(), ...this.steps(), ...owners.steps()])
    this.#made = { writer, layout, scalars, kept }
    return writer
  }

  #ends(): ColumnStep[] {
    const { block, buffer } = this.parts
    const { scalars: s, words: w } = buffer
    return [
      { rule: 'whole', from: block.timeMs, to: w.time },
      { rule: 'whole', from: block.startMs, to: w.start },
      { rule: 'copy', field: 'cookie', to: w.cookie },
      { rule: 'copy', field: 'local_ip', to: w.local_ip },
      { rule: 'copy', field: 'remote_ip', to: w.remote_ip },
      { rule: 'copy', field: 'local_port', to: s.local_port },
      { rule: 'copy', field: 'remote_port', to: s.remote_port },
      { rule: 'copy', field: 'netns', to: s.netns },
    ]
  }
}
