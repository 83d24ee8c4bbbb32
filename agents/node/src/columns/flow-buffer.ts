import {
  type AgentColumnName,
  type AgentColumns,
  agentColumnNames,
  type ColumnArrays,
  type ColumnKind,
  emptyColumn,
  flowColumns,
} from '@headwater/contracts'
import { StringColumn } from './string-column.js'

type NamesOfKind<K extends ColumnKind> = {
  [N in AgentColumnName]: (typeof flowColumns)[N]['kind'] extends K ? N : never
}[AgentColumnName]
type Scalar = 'bool' | 'u8' | 'u16' | 'u32'
export type ScalarName = NamesOfKind<Scalar>
/** Columns that are written as 32-bit words, low word first: u64, time (2 words a row) and ip (4). */
export type WordsName = NamesOfKind<'u64' | 'time' | 'ip'>
export type StringName = NamesOfKind<'string'>

type Scalars = { [N in ScalarName]: ColumnArrays[(typeof flowColumns)[N]['kind']] }
type Words = { [N in WordsName]: Uint32Array }
type Strings = { [N in StringName]: StringColumn }

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

type Wide = BigUint64Array | BigInt64Array | Uint8Array
const asWords = (a: Wide): Uint32Array => new Uint32Array(a.buffer, a.byteOffset, a.byteLength / 4)

/**
 * The rows of the batch to come, straight in the typed arrays that Arrow is written from: no object per row.
 * 64-bit columns are filled through 32-bit words, because a bigint per value costs more than all the rest of a row.
 * Little-endian machines only, as the kernel's records are.
 */
export class FlowBuffer {
  rows = 0
  scalars!: Scalars
  words!: Words
  readonly strings: Strings
  #capacity = 0
  #wide = new Map<WordsName, Wide>()

  constructor(capacity = 1024) {
    this.strings = Object.fromEntries(stringNames.map((n) => [n, new StringColumn(capacity)])) as Strings
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

  /** Number of a new row whose every column is zero or empty. */
  addEmpty(): number {
    const row = this.add()
    for (const name of scalarNames) this.scalars[name][row] = 0
    for (const name of wordsNames) {
      const width = flowColumns[name].kind === 'ip' ? 4 : 2
      this.words[name].fill(0, row * width, (row + 1) * width)
    }
    for (const name of stringNames) this.strings[name].set(row, '')
    return row
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
    for (const name of stringNames) this.strings[name].clear()
    if (this.#capacity > keep) this.#grow(keep)
  }

  #grow(capacity: number): void {
    const scalars: Partial<Record<ScalarName, unknown>> = {}
    for (const name of scalarNames)
      scalars[name] = copied(this.scalars?.[name], emptyColumn(flowColumns[name].kind, capacity), this.rows)
    const words: Partial<Words> = {}
    for (const name of wordsNames) {
      const wide = emptyColumn(flowColumns[name].kind, capacity)
      words[name] = asWords(wide)
      if (this.rows > 0) words[name].set(this.words[name].subarray(0, (this.rows * words[name].length) / capacity))
      this.#wide.set(name, wide)
    }
    for (const name of stringNames) this.strings[name].resize(capacity, this.rows)
    this.scalars = scalars as Scalars
    this.words = words as Words
    this.#capacity = capacity
  }
}

function copied<A extends Uint8Array | Uint16Array | Uint32Array>(from: A | undefined, to: A, rows: number): A {
  if (from !== undefined && rows > 0) to.set(from.subarray(0, rows))
  return to
}
