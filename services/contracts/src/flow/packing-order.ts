import { heap, type Memory, type TypedArrayType } from '../runtime/memory.js'
import type { ColumnKind, Dictionary } from './column.js'
import { type AgentColumns, agentColumnNames, flowColumns } from './columns.js'

type Plain = Exclude<AgentColumns[keyof AgentColumns], Dictionary>

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

const wordsOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint32Array =>
  new Uint32Array(buffer, byteOffset, byteLength >>> 2)

/**
 * The order in which rows pack best: those of a process beside each other, of these those of one side, of these those with one remote address. What an owner
 * has in common (a dozen columns) is then the same row after row. Rows that have all three in common keep their order.
 */
function orderOf({ pid, side, remote_ip }: AgentColumns, rows: number): Uint16Array {
  const words = wordsOf(remote_ip)
  const keys = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const owner = (pid[row]! & ((1 << PID_BITS) - 1)) * 4 + (side.indices[row]! & 3)
    keys[row] = (owner * 2 ** REMOTE_BITS + remoteBits(words, row)) * 2 ** ROW_BITS + row
  }
  keys.sort()
  const order = new Uint16Array(rows)
  // The lowest bits.
  for (let i = 0; i < rows; i++) order[i] = keys[i]! - Math.floor(keys[i]! / 2 ** ROW_BITS) * 2 ** ROW_BITS
  return order
}

/** Whether each element is like the one `width` before it, as in most columns of counts of what seldom happens. */
function isSame(words: Uint32Array, width: number): boolean {
  for (let i = width; i < words.length; i++) if (words[i] !== words[i - width]) return false
  return true
}

/** Elements of some 32-bit words each, whatever their type: one kind of array keeps the loops fast, and a bigint for each row would cost more than all else. */
function gatherWords<T extends Uint8Array | Uint32Array | Int32Array | BigInt64Array | BigUint64Array>(
  from: T,
  order: Uint16Array,
  memory: Memory,
  width: 1 | 2 | 4,
): T {
  const source = wordsOf(from)
  if (isSame(source, width)) return from
  const to = memory.take(from.constructor as TypedArrayType<T>, from.length)
  const target = wordsOf(to)
  if (width === 1) for (let i = 0; i < order.length; i++) target[i] = source[order[i]!]!
  else
    for (let i = 0, at = 0; i < order.length; i++) {
      const row = order[i]! * width
      target[at++] = source[row]!
      target[at++] = source[row + 1]!
      if (width === 2) continue
      target[at++] = source[row + 2]!
      target[at++] = source[row + 3]!
    }
  return to
}

function gather<T extends Uint8Array | Uint16Array>(from: T, order: Uint16Array, memory: Memory): T {
  const to = memory.take(from.constructor as TypedArrayType<T>, from.length)
  for (let i = 0; i < order.length; i++) to[i] = from[order[i]!]!
  return to
}

function gatherPlain(kind: ColumnKind, from: Plain, order: Uint16Array, memory: Memory): Plain {
  if (kind === 'ip') return gatherWords(from as Uint8Array, order, memory, 4)
  if (kind === 'u64' || kind === 'time') return gatherWords(from as BigInt64Array, order, memory, 2)
  if (kind === 'u32') return gatherWords(from as Uint32Array, order, memory, 1)
  return gather(from as Uint8Array, order, memory)
}

/**
 * The rows of a batch in the order in which they pack best: a sixth fewer bytes on the bus, for less work than that saves where they are packed.
 * @param columns of `rows` rows each; those of 64 bits and of addresses begin at multiples of 4 bytes
 * @param memory of the columns that are given back
 */
export function inPackingOrder(columns: AgentColumns, rows: number, memory: Memory = heap): AgentColumns {
  if (rows < 2 || rows > 1 << ROW_BITS) return columns
  const order = orderOf(columns, rows)
  const out: Partial<Record<keyof AgentColumns, Plain | Dictionary>> = {}
  for (const name of agentColumnNames) {
    const { kind } = flowColumns[name]
    if (kind === 'string') {
      const { indices, values } = columns[name] as Dictionary
      out[name] = { indices: gatherWords(indices, order, memory, 1), values }
    } else out[name] = gatherPlain(kind, columns[name] as Plain, order, memory)
  }
  return out as AgentColumns
}
