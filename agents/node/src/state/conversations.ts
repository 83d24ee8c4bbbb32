import { Connections } from './connections.js'
import { enlarged } from './cookie-table.js'

/**
 * Last values of each live UDP conversation, by its number: what a connection has, and the bytes on the wire. A conversation that finds
 * no room shows at its end.
 */
export class Conversations extends Connections {
  wireSent = new Float64Array(0)
  wireReceived = new Float64Array(0)
  icmpErrors = new Uint32Array(0)

  constructor(max: number) {
    super(max)
    this.#fit()
  }

  override insert(lo: number, hi: number): number {
    const entry = super.insert(lo, hi)
    this.#fit()
    return entry
  }

  override clear(entry: number): void {
    this.#fit()
    super.clear(entry)
    this.wireSent[entry] = 0
    this.wireReceived[entry] = 0
    this.icmpErrors[entry] = 0
  }

  #fit(): void {
    const n = this.table.capacity
    if (this.icmpErrors.length === n) return
    this.wireSent = enlarged(this.wireSent, n)
    this.wireReceived = enlarged(this.wireReceived, n)
    this.icmpErrors = enlarged(this.icmpErrors, n)
  }
}
