import type { Dictionary } from '@headwater/contracts'
import { TextList } from '../columns/dictionary.js'
import type { Address } from '../identity/addresses.js'
import type { Remote } from './remote.js'

/** Columns that say who is at the other end, in the order of their numbers. */
const columns = ['namespace', 'service', 'process', 'node', 'cluster', 'container', 'zone', 'region', 'path'] as const

export type RemoteColumn = (typeof columns)[number]

let scopes = 0

/**
 * Batches that are joined for one block: what ingest says of their other ends has one dictionary a column, so that it need not be put together from one of
 * each batch. What is in them grows as batches are joined.
 */
export class JoinScope {
  readonly #scope = ++scopes
  readonly #texts = columns.map(() => new TextList())
  /** By 9 x number of an end. */
  #numbers = new Int32Array(columns.length * 256)
  #ends = 0
  readonly classes = new TextList()
  readonly gateways = new TextList()

  /** The number of an end in this scope. */
  number(end: Remote): number {
    if (end.scope === this.#scope) return end.number
    const width = columns.length
    const at = this.#ends * width
    if (at + width > this.#numbers.length) {
      const larger = new Int32Array(2 * this.#numbers.length)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    for (let i = 0; i < width; i++)
      this.#numbers[at + i] = (this.#texts[i] as TextList).index(end[columns[i] as RemoteColumn])
    end.scope = this.#scope
    end.number = this.#ends++
    return end.number
  }

  /** Number of the address's class in `classes`. */
  classOf(address: Address): number {
    if (address.classIn !== this.#scope) {
      address.classIn = this.#scope
      address.classNumber = this.classes.index(address.class)
    }
    return address.classNumber
  }

  /** A column of rows whose ends have these numbers. @param indices to write into */
  column(name: RemoteColumn, ends: Int32Array, indices: Int32Array): Dictionary {
    const numbers = this.#numbers
    const width = columns.length
    const which = columns.indexOf(name)
    for (let row = 0; row < indices.length; row++)
      indices[row] = numbers[(ends[row] as number) * width + which] as number
    return { indices, values: (this.#texts[which] as TextList).values }
  }
}
