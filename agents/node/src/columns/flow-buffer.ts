import {
  type AgentColumnName,
  type AgentColumns,
  agentColumnNames,
  type ColumnArrays,
  type ColumnKind,
  flowColumns,
} from '@headwater/contracts/producer'
import {
  type ScalarName,
  type Scalars,
  type StringName,
  type Strings,
  scalarsOf,
  stringsOf,
  type Words,
  type WordsName,
  wordsOf,
} from './column-arrays.js'

export type { StringName, WordsName } from './column-arrays.js'

const WORD_KINDS: readonly ColumnKind[] = ['u64', 'time', 'ip']
const namesOf = <N extends AgentColumnName>(kinds: readonly ColumnKind[]) =>
  agentColumnNames.filter((n) => kinds.includes(flowColumns[n].kind)) as N[]
const scalarNames = namesOf<ScalarName>(['bool', 'u8', 'u16', 'u32'])
const wordsNames = namesOf<WordsName>(WORD_KINDS)
const stringNames = namesOf<StringName>(['string'])

const BYTES: Record<ColumnKind, number> = { bool: 1, u8: 1, u16: 2, u32: 4, u64: 8, time: 8, ip: 16, ips: 4, string: 4 }

/** Bytes of one row in an Arrow batch, the dictionaries' strings left out. */
export const BYTES_PER_ROW = agentColumnNames.reduce((sum, n) => sum + BYTES[flowColumns[n].kind], 0)

/** Rows that a buffer keeps room for once it had them. */
export const KEPT_ROWS = 8192

type Wide = ColumnArrays['u64' | 'time' | 'ip']
const widthOf = (name: WordsName): number => (flowColumns[name].kind === 'ip' ? 4 : 2)

/** The column as Arrow is written from it. */
function wideOf(name: WordsName, { buffer }: Uint32Array): Wide {
  const { kind } = flowColumns[name]
  if (kind === 'ip') return new Uint8Array(buffer as ArrayBuffer)
  return kind === 'time' ? new BigInt64Array(buffer as ArrayBuffer) : new BigUint64Array(buffer as ArrayBuffer)
}

/**
 * The rows of the batch to come, straight in the typed arrays that Arrow is written from: no object per row.
 * 64-bit columns are filled through 32-bit words, because a bigint per value costs more than all the rest of a row.
 * Little-endian machines only, as the kernel's records are.
 */
export class FlowBuffer {
  rows = 0
  /** Goes up as the rows are forgotten: what stood in a column of text stands elsewhere then. */
  cleared = 0
  scalars!: Scalars
  words!: Words
  readonly strings: Strings
  #capacity = 0
  #wide = new Map<WordsName, Wide>()

  constructor(capacity = 1024) {
    this.strings = stringsOf(capacity)
    this.#grow(capacity)
  }

  get capacity(): number {
    return this.#capacity
  }

  /** Estimate of the encoded size so far, in bytes. */
  get bytes(): number {
    let sum = this.rows * BYTES_PER_ROW
    for (const name of stringNames) sum += this.strings[name].bytes
    return sum
  }

  /** Number of a new row: every column of it is to be written. */
  add(): number {
    if (this.rows === this.#capacity) this.#grow(this.#capacity * 2)
    return this.rows++
  }

  /** The columns of all rows, as views that hold until the next `add` or `clear`. */
  columns(): AgentColumns {
    const columns: Partial<Record<AgentColumnName, unknown>> = {}
    for (const name of scalarNames) columns[name] = this.scalars[name].subarray(0, this.rows)
    for (const [name, array] of this.#wide)
      columns[name] = array.subarray(0, flowColumns[name].kind === 'ip' ? this.rows * 16 : this.rows)
    for (const name of stringNames) columns[name] = this.strings[name].dictionary(this.rows)
    return columns as AgentColumns
  }

  /** Forgets the rows; the arrays stay, unless a burst made them larger than `keep` rows. */
  clear(keep = KEPT_ROWS): void {
    this.rows = 0
    this.cleared++
    for (const name of stringNames) this.strings[name].clear()
    if (this.#capacity > keep) this.#grow(keep)
  }

  #grow(capacity: number): void {
    const scalars = scalarsOf(capacity)
    const words = wordsOf(capacity)
    if (this.rows > 0) {
      for (const name of scalarNames) scalars[name].set(this.scalars[name].subarray(0, this.rows))
      for (const name of wordsNames) words[name].set(this.words[name].subarray(0, this.rows * widthOf(name)))
    }
    for (const name of wordsNames) this.#wide.set(name, wideOf(name, words[name]))
    for (const name of stringNames) this.strings[name].resize(capacity, this.rows)
    this.scalars = scalars
    this.words = words
    this.#capacity = capacity
  }
}
