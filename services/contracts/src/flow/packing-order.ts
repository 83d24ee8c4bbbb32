import { heap, type Memory } from '../runtime/memory.js'
import { type AgentColumns, flowColumns } from './columns.js'
import { takeRows } from './take-rows.js'
import { wordsOf } from './words.js'

/** Bits of a row's number in its key: of more rows the order is left as it is. */
const ROW_BITS = 16
const REMOTE_BITS = 19
const PID_BITS = 16

/** Some bits of an address that is 16 bytes of `words` (little-endian): rows with one address have the same. */
function remoteBits(words: Uint32Array, row: number): number {
  const at = row * 4
  const mixed = Math.imul(words[at]! ^ words[at + 1]! ^ words[at + 2]!, 0x9e37_79b1) ^ words[at + 3]!
  return Math.imul(mixed, 0x85eb_ca6b) >>> (32 - REMOTE_BITS)
}

/**
 * The order in which rows pack best: those of a process beside each other, of these those of one side, of these those with one remote address. What an owner
 * has in common (a dozen columns) is then the same row after row. Rows that have all three in common keep their order.
 */
function orderOf({ pid, side, remote_ip }: AgentColumns, rows: number): Int32Array {
  const words = wordsOf(remote_ip)
  const keys = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const owner = (pid[row]! & ((1 << PID_BITS) - 1)) * 4 + (side.indices[row]! & 3)
    keys[row] = (owner * 2 ** REMOTE_BITS + remoteBits(words, row)) * 2 ** ROW_BITS + row
  }
  keys.sort()
  const order = new Int32Array(rows)
  // The lowest bits.
  for (let i = 0; i < rows; i++) order[i] = keys[i]! - Math.floor(keys[i]! / 2 ** ROW_BITS) * 2 ** ROW_BITS
  return order
}

/**
 * The rows of a batch in the order in which they pack best: a fifth fewer bytes on the bus, for less work than that saves where they are packed.
 * @param columns of `rows` rows each; addresses begin at a multiple of 4 bytes
 * @param memory of the columns that are given back
 */
export function inPackingOrder(columns: AgentColumns, rows: number, memory: Memory = heap): AgentColumns {
  if (rows < 2 || rows > 1 << ROW_BITS) return columns
  return takeRows(flowColumns, columns, orderOf(columns, rows), memory)
}
