import { type BatchId, StoreError } from '@headwater/store'
import { Inject, Injectable } from '@nestjs/common'
import { type IngestOptions, OPTIONS } from '../../options.js'

const MAX_INSTANCES = 100_000
/** Far more than are handled at the same time, or come again. */
const MAX_CHUNKS = 1_000

/** As each insert's token was at first: see `attemptToken`. */
const tokensIn = (batches: string): string =>
  `SELECT replaceRegexpOne(token, '~[0-9]+$', '') AS token FROM ${batches} WHERE instance = {instance:String} AND sequence = {sequence:UInt64}`

const tokensOfChunk = (batches: string): string =>
  `SELECT DISTINCT replaceRegexpOne(token, '~[0-9]+$', '') AS token FROM ${batches}
   WHERE instance IN {instances:Array(String)} AND sequence IN {sequences:Array(UInt64)} AND startsWith(token, {id:String})`

/** What of a batch has been counted, by insert token; undefined: nobody knows. */
export type Counted = Set<string> | undefined

/**
 * Which rows are in the counters of a replica already, this one or another. A batch that follows on the one before of its instance
 * is new. Of any other (the first of an instance here, one that comes again) the store is asked what it holds: whoever stored it has
 * counted it. So that nothing counts twice; what a replica stored and did not live to tell of counts nowhere.
 */
@Injectable()
export class CountedLedger {
  /** The table of the batches that are stored. */
  protected readonly batches: string = 'batches'
  readonly #last = new Map<string, number>()
  /** Batches begun and not ended, by their instance: these were tried by this replica, and it knows. */
  readonly #open = new Map<string, { sequence: number; counted: Counted; isNew: boolean }>()

  /** The newest chunks, by id: one may come again whatever has become of it. */
  readonly #chunks = new Map<string, Counted>()

  constructor(@Inject(OPTIONS) private readonly options: IngestOptions) {}

  /**
   * The same for a chunk of batches, whose tokens begin with `id`.
   * @param again whether anybody may have stored some of it
   */
  async beginChunk(id: string, batches: readonly BatchId[], again: boolean): Promise<Counted> {
    const open = this.#chunks.get(id)
    if (open !== undefined) return open
    const params = { id, instances: batches.map((b) => b.instance), sequences: batches.map((b) => b.sequence) }
    const counted = again ? await this.#tokens(tokensOfChunk(this.batches), params) : new Set<string>()
    this.#chunks.set(id, counted)
    if (this.#chunks.size > MAX_CHUNKS) this.#chunks.delete(this.#chunks.keys().next().value as string)
    return counted
  }

  async begin(instance: string, sequence: number): Promise<Counted> {
    const open = this.#open.get(instance)
    if (open?.sequence === sequence && open.counted !== undefined) return open.counted
    const isNext = this.#last.get(instance) === sequence - 1
    const counted = isNext ? new Set<string>() : await this.#stored(instance, sequence)
    this.#open.set(instance, { sequence, counted, isNew: counted?.size === 0 })
    if (this.#open.size > MAX_INSTANCES) this.#open.delete(this.#open.keys().next().value as string)
    return counted
  }

  end(instance: string, sequence: number): void {
    const open = this.#open.get(instance)
    // One without rows was not begun.
    const isNew = open?.sequence === sequence ? open.isNew : this.#last.get(instance) === sequence - 1
    this.#open.delete(instance)
    this.#last.delete(instance)
    // Behind one that was stored before may come others.
    if (!isNew) return
    this.#last.set(instance, sequence)
    if (this.#last.size > MAX_INSTANCES) this.#last.delete(this.#last.keys().next().value as string)
  }

  #stored(instance: string, sequence: number): Promise<Counted> {
    return this.#tokens(tokensIn(this.batches), { instance, sequence })
  }

  async #tokens(sql: string, params: Record<string, unknown>): Promise<Counted> {
    try {
      const { columns } = await this.options.store.query<{ token: string[] }>(sql, params)
      return new Set(columns.token)
    } catch (error) {
      if (error instanceof StoreError) return undefined
      throw error
    }
  }
}
