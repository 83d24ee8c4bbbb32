import { addon, type NativeColumnWriter } from './addon.js'
import type { Field, Layout } from './types.js'

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array

/** What each row's record is, and what else it is looked up by; written anew for each block of rows. */
export interface RowSources {
  /** Where the record begins, in 32-bit words. */
  base: Int32Array
  /** Where what is kept of the record's socket stands in `last`; 0: nothing is kept. */
  entry: Int32Array
  /** What `pick` takes of `from`. */
  owner: Uint16Array
}

/**
 * How a column is made. `to` holds a row each, of whatever elements its width is made of; with `aside` it begins with the block's first row.
 *
 * - copy: the field as it is
 * - some: 1 where the field of one byte is not 0
 * - increase: what a counter of 32 or 64 bits is more than `last`, which it then is. It wraps at the width of `last` (not where that is a
 *   Float64Array); what is below has not increased, and is counted
 * - increase-ms: the same of us, whole ms of which are kept; in us
 * - pick: an element of `from` as wide as a row
 * - whole: a number of `from`, which begins with the block's first row, as one of 64 bits
 */
export type ColumnStep = { to: Numbers; aside?: boolean } & (
  | { rule: 'copy' | 'some'; field: string }
  | { rule: 'increase' | 'increase-ms'; field: string; last: Numbers }
  | { rule: 'pick'; from: Numbers; width: 1 | 4 | 8 }
  | { rule: 'whole'; from: Float64Array }
)

/** As the addon takes it: `from` is what was kept, too. */
export interface NativeStep {
  rule: string
  offset: number
  to: Numbers
  from: Numbers | undefined
  aside: boolean
}

interface Checked extends NativeStep {
  /** Bytes of a row in `to`. */
  width: number
  /** Of an element of `from`, and by what it is looked up. */
  source?: { width: number; by: 'entry' | 'owner' | 'row' }
}

/** Columns of blocks of rows, made of records in one go. The arrays are held as they are; whoever makes others makes another writer. */
export class ColumnWriter {
  readonly #native: NativeColumnWriter
  readonly #held: readonly Numbers[]
  #records: ArrayBuffer | undefined
  #bytes = new Uint8Array(0)

  /** Throws TypeError where a field, a column or a source has another width than its rule takes. */
  constructor(layout: Layout, sources: RowSources, steps: readonly ColumnStep[]) {
    const checked = steps.map((step) => check(layout, step))
    const least = (lengths: number[]) => Math.min(2 ** 31, ...lengths)
    const rowsOf = (aside: boolean) =>
      checked.filter((step) => step.aside === aside).map(({ to, width }) => to.byteLength / width)
    const elements = (by: string) =>
      checked.flatMap(({ from, source }) => (source?.by === by ? [(from?.byteLength ?? 0) / source.width] : []))
    const { base, entry, owner } = sources
    this.#held = [base, entry, owner, ...checked.flatMap(({ to, from }) => (from === undefined ? [to] : [to, from]))]
    const lengths = [base, entry, owner].map(({ length }) => length)
    this.#native = new (addon().ColumnWriter)(
      {
        ...sources,
        stride: layout.stride,
        rows: least(rowsOf(false)),
        most: least([...lengths, ...rowsOf(true), ...elements('row')]),
        entries: least(elements('entry')),
        owners: least(elements('owner')),
      },
      checked,
    )
  }

  /**
   * Writes `length` rows from `firstRow` on. @returns how many counters were below what was kept of them. Throws RangeError where a row, its record
   * or what it is looked up by lies outside, or an array has been transferred; nothing is written then.
   */
  write(records: ArrayBuffer, length: number, firstRow: number): number {
    for (const array of this.#held)
      if (array.length === 0) throw new RangeError('an array that columns are made of is empty, or not there any more')
    if (this.#records !== records) {
      this.#records = records
      this.#bytes = new Uint8Array(records)
    }
    return this.#native.write(this.#bytes, length, firstRow)
  }
}

function check(layout: Layout, step: ColumnStep): Checked {
  const { rule, to, aside = false } = step
  const field = 'field' in step ? fieldOf(layout, step.field) : undefined
  const offset = field?.offset ?? 0
  const common = { offset, to, aside, from: undefined }
  const wrong = (what: string) => new TypeError(`a column of rule ${rule} (${field?.name ?? 'no field'}) ${what}`)
  const wants = (ok: boolean, what: string) => {
    if (!ok) throw wrong(what)
  }
  switch (rule) {
    case 'copy': {
      const width = field?.size ?? 0
      wants([1, 2, 4, 8, 16].includes(width) && width >= to.BYTES_PER_ELEMENT, 'cannot hold the field')
      return { ...common, rule: `copy${width}`, width }
    }
    case 'some':
      wants(field?.size === 1 && to.BYTES_PER_ELEMENT === 1, 'is not of bytes')
      return { ...common, rule, width: 1 }
    case 'increase': {
      const { last } = step
      const kept = last.BYTES_PER_ELEMENT
      const wide = last instanceof Float64Array && to instanceof Float64Array && field?.kind === 'u64'
      const narrow = (kept === 2 || kept === 4) && to instanceof Uint32Array && field?.kind === 'u32'
      wants(wide || narrow, 'is not of the width of its counter')
      return {
        ...common,
        rule: `increase${kept}`,
        width: wide ? 8 : 4,
        from: last,
        source: { width: kept, by: 'entry' },
      }
    }
    case 'increase-ms':
      wants(step.last instanceof Uint32Array && field?.kind === 'u64', 'is not of the width of its counter')
      return { ...common, rule, width: 8, from: step.last, source: { width: 4, by: 'entry' } }
    case 'pick': {
      const { from, width } = step
      wants([1, 4, 8].includes(width), 'has another width')
      return { ...common, rule: `pick${width}`, width, from, source: { width, by: 'owner' } }
    }
    case 'whole':
      wants(step.from instanceof Float64Array, 'is made of numbers')
      return { ...common, rule, width: 8, from: step.from, source: { width: 8, by: 'row' } }
  }
}

function fieldOf({ fields }: Layout, name: string): Field {
  const field = fields.find((f) => f.name === name)
  if (field === undefined) throw new TypeError(`records have no field ${name}`)
  return field
}
