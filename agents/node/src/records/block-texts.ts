import { RecordFlag } from '@headwater/native'
import type { StringColumn } from '../columns/string-column.js'
import type { FlowBlock } from './flow-block.js'
import type { RecordView } from './record-view.js'

/** The same text in all rows of a block. */
export function fill({ length, firstRow }: FlowBlock, to: StringColumn, text: string): void {
  to.indices.fill(to.indexOf(text), firstRow, firstRow + length)
}

/** The name of each row's number; '' where it has none. */
export function named(
  { length, firstRow }: FlowBlock,
  to: StringColumn,
  numbers: Uint8Array,
  names: Record<number, string>,
): void {
  const { indices } = to
  let last = -1
  let index = 0
  for (let r = 0; r < length; r++) {
    const number = numbers[r]!
    if (number !== last) index = to.indexOf(names[number] ?? '')
    last = number
    indices[firstRow + r] = index
  }
}

/** What records say that a conversation looks like. As a rule none says anything. */
export function hinted(block: FlowBlock, to: StringColumn, { flags }: RecordView): void {
  const { length, firstRow, base } = block
  fill(block, to, '')
  for (let r = 0; r < length; r++) {
    const quic = (flags.array[flags.first + base[r]! * 4]! & RecordFlag.Quic) !== 0
    if (quic) to.set(firstRow + r, 'quic')
  }
}
