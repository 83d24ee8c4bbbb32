import type { BusProducer } from '@headwater/contracts'
import type { Fleet } from '@headwater/simulate'

/** Batches that go to the broker at once. */
const AT_ONCE = 32
/** Puts a fleet's flows on the bus, as fast as they can be made. */
export class Source {
  rows = 0
  /** Of their Arrow messages, before Kafka packs them. */
  bytes = 0

  readonly #fleet: Fleet
  readonly #producer: BusProducer
  readonly #options: { perTick: number; from: number; rowMs: number }

  /** @param options from: Unix ms of the first flows; rowMs: flow time from one row to the next */
  constructor(fleet: Fleet, producer: BusProducer, options: { perTick: number; from: number; rowMs: number }) {
    this.#fleet = fleet
    this.#producer = producer
    this.#options = options
  }

  async make(rows: number): Promise<void> {
    const { perTick, from, rowMs } = this.#options
    for (let made = 0; made < rows; ) {
      const ms = Math.round(from + this.rows * rowMs)
      const batches = this.#fleet.traffic(Math.min(perTick, rows - made), ms, ms + 1000)
      for (const { truth, message } of batches) {
        made += truth.rows
        this.rows += truth.rows
        this.bytes += message.value.byteLength
      }
      for (let i = 0; i < batches.length; i += AT_ONCE)
        await this.#producer.publish(batches.slice(i, i + AT_ONCE).map(({ message }) => message))
    }
  }
}
