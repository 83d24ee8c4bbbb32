import { BusError } from '@headwater/contracts'
import { type BatchId, StoreError } from '@headwater/store'
import type { IngestOptions } from '../options.js'

/** Sequences remembered of one instance: more than an agent can have on the way. */
const PER_INSTANCE = 4096
const MAX_INSTANCES = 50_000
/** Instances that the store is asked about at once. */
const PER_QUERY = 100

interface Known {
  /** Of sequences from here on it is known what the store holds. */
  from: number
  /** By sequence, the token of the insert that brought it. */
  tokens: Map<number, string>
}

/**
 * Which batches are in the store, and by which insert, as far as the replica must know it to leave out what comes a second time: agents send a batch
 * again where they heard no answer, at another place of the bus. What others stored before they gave up a partition is read from the table.
 */
export class StoredBatches {
  readonly #known = new Map<string, Known>()
  #epoch = -1

  /** @param table where they are listed */
  constructor(
    private readonly options: IngestOptions,
    private readonly table: string,
  ) {}

  /**
   * Learns what the store holds of these instances, where that is not known.
   * @param epoch a new number forgets all: others may have stored since
   * @throws BusError backpressure where the store does not say
   */
  async learn(batches: readonly BatchId[], epoch: number): Promise<void> {
    if (epoch !== this.#epoch) this.#known.clear()
    this.#epoch = epoch
    const from = new Map<string, number>()
    for (const { instance, sequence } of batches) {
      if (sequence >= (this.#known.get(instance)?.from ?? Number.POSITIVE_INFINITY)) continue
      from.set(instance, Math.min(sequence, from.get(instance) ?? sequence))
    }
    const wanted = [...from]
    for (let at = 0; at < wanted.length; at += PER_QUERY) await this.#ask(wanted.slice(at, at + PER_QUERY))
  }

  /** @param id what the tokens of the insert under way begin with: what it has brought before is to come again */
  has({ instance, sequence }: BatchId, id: string): boolean {
    const token = this.#known.get(instance)?.tokens.get(sequence)
    return token !== undefined && !token.startsWith(id)
  }

  add({ instance, sequence }: BatchId, id: string): void {
    const tokens = this.#known.get(instance)?.tokens
    tokens?.set(sequence, id)
    if (tokens !== undefined && tokens.size > PER_INSTANCE) tokens.delete(tokens.keys().next().value as number)
  }

  async #ask(wanted: readonly [string, number][]): Promise<void> {
    const params: Record<string, unknown> = {}
    const conditions = wanted.map(([instance, from], i) => {
      params[`i${i}`] = instance
      params[`s${i}`] = from
      return `(instance = {i${i}:String} AND sequence >= {s${i}:UInt64})`
    })
    const sql = `SELECT toString(instance) AS instance, sequence, token FROM ${this.table} WHERE ${conditions.join(' OR ')} ORDER BY sequence`
    try {
      const { columns } = await this.options.store.query<{ instance: string[]; sequence: number[]; token: string[] }>(
        sql,
        params,
      )
      for (const [instance, from] of wanted) {
        this.#known.delete(instance)
        this.#known.set(instance, { from, tokens: new Map() })
        if (this.#known.size > MAX_INSTANCES) this.#known.delete(this.#known.keys().next().value as string)
      }
      for (const [i, instance] of (columns.instance ?? []).entries())
        this.#known.get(instance)?.tokens.set(columns.sequence[i] as number, columns.token[i] as string)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      const message = `the store does not say which batches it has: ${error.message}`
      throw new BusError('backpressure', message, { cause: error, retryAfterMs: 500 })
    }
  }
}
