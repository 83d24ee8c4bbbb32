import { createHash } from 'node:crypto'
import { Arenas, BusError, type Chunk, type DeliveredMessage, type Memory } from '@headwater/contracts'
import type { BatchId } from '@headwater/store'
import { LeftOut } from '../dead-letters/left-out.js'
import type { Counted, CountedLedger } from '../metrics/edges/ledger.js'
import type { Intake, Joined } from './intake.js'
import type { StageParts } from './stage-parts.js'
import { StoredBatches } from './stored-batches.js'
import type { Keeper, Part, RowsBatch, RowsTable } from './table.js'

/** A batch of a chunk on its way. */
interface Entry<B, C> {
  message: DeliveredMessage
  batch: B
  joined: Joined<B, C>
  /** Rows that are in the store. */
  stored: number
}

/** Of a batch, the rows of one partition. */
interface Share<B, C> extends Part<C> {
  entry: Entry<B, C>
  /** Their numbers in the batch. */
  chosen: Int32Array
}

interface Attempt {
  /** Of the chunk: what the tokens begin with. */
  id: string
  again: boolean
  /** For what is made of the chunk until it is stored. */
  memory: Memory
}

/**
 * What the tokens of a chunk's inserts begin with: the same for whoever gets the chunk again. The batches are in it, since a topic that is made anew
 * counts its offsets from 0 again.
 */
function idOf({ position }: Chunk, batches: readonly BatchId[]): string {
  const hash = createHash('sha256')
  for (const { instance, sequence } of batches) hash.update(`${instance}:${sequence}\n`)
  return `${position}:${hash.digest('base64url').slice(0, 16)}`
}

const idsOf = ({ batch: { meta } }: { batch: RowsBatch }): BatchId => ({
  instance: meta.instance,
  sequence: meta.sequence,
})

/** The batches of a chunk of messages: joined one by one, and stored as one block for each partition of the table. */
export class ChunkStore<B extends RowsBatch, C extends { time: BigInt64Array }, S> {
  readonly #arenas = new Arenas()
  readonly #stored: StoredBatches

  constructor(
    private readonly intake: Intake<B, C, S>,
    private readonly keeper: Keeper<C>,
    private readonly ledger: CountedLedger,
    private readonly parts: StageParts,
  ) {
    this.#stored = new StoredBatches(parts.options, intake.table.batches)
  }

  /** @throws BusError where all of it has to come again */
  take(messages: readonly DeliveredMessage[], chunk: Chunk): Promise<void> {
    return this.#arenas.with((memory) => this.#take(messages, chunk, memory))
  }

  async #take(messages: readonly DeliveredMessage[], chunk: Chunk, memory: Memory): Promise<void> {
    const { lag, losses, metrics } = this.parts
    const out = new LeftOut(chunk.position, chunk.made)
    const [first, last] = [messages[0], messages.at(-1)]
    if (first !== undefined) lag.begin(first)
    const decoded: { message: DeliveredMessage; batch: B }[] = []
    for (const message of messages) {
      const batch = this.intake.decode(message, out)
      if (batch !== undefined) decoded.push({ message, batch })
    }
    const metas = decoded.map(({ batch: { meta } }) => meta)
    const id = idOf(chunk, metas)
    await this.#stored.learn(metas, chunk.epoch)
    const entries: Entry<B, C>[] = []
    const here = new Set<string>()
    const scope = this.intake.scope()
    for (const { message, batch } of decoded) {
      const key = `${batch.meta.instance}:${batch.meta.sequence}`
      if (here.has(key) || this.#stored.has(batch.meta, id)) {
        this.intake.duplicate(batch, message, out)
        continue
      }
      here.add(key)
      const joined = this.intake.join(batch, message, out, chunk.made, memory, scope)
      if (joined !== undefined) entries.push({ message, batch, joined, stored: 0 })
    }
    const kept = await this.#store(entries, { id, again: chunk.again, memory }, out)
    await this.parts.settle(out)
    if (last !== undefined) lag.end(last)
    for (const { batch, stored } of kept) {
      // One of which nothing is stored may be replayed under its sequence.
      if (stored > 0) this.#stored.add(batch.meta, id)
      metrics.messagesOut.inc({ topic: this.intake.table.topic })
    }
    const told = kept.map(({ batch: { meta }, joined, stored, message }) => {
      return { meta, times: stored === 0 ? [] : [joined.columns.time], sent: message.timestamp }
    })
    await losses.keepAll(this.intake.table.name, told)
  }

  /**
   * As few blocks as may be: one for each partition; where that cannot be stored, one of each batch, so that one bad batch keeps no other out.
   * @returns those of which not all is put aside
   */
  async #store(entries: readonly Entry<B, C>[], attempt: Attempt, out: LeftOut): Promise<readonly Entry<B, C>[]> {
    if (entries.length === 0) return entries
    const { id, again } = attempt
    const counted = await this.ledger.beginChunk(id, entries.map(idsOf), again)
    // By the tokens it is known what is stored one by one.
    if (again && counted === undefined)
      throw new BusError('backpressure', 'the store does not say what it has of a chunk', { retryAfterMs: 500 })
    const whole = new Set<Entry<B, C>>()
    for (const [partition, shares] of byPartition(this.intake.table, entries)) {
      // The partition is always in the token: what a later attempt puts aside must not change the token of the rest.
      const end = `:${partition / 1000}`
      const begun = Array.from(counted ?? []).some((token) => token.startsWith(`${id}/`) && token.endsWith(end))
      if (!begun && (await this.#insert(shares, id + end, attempt, counted, out)) === undefined) continue
      for (const share of shares) {
        const token = `${id}/${share.entry.message.offset}${end}`
        const error = await this.#insert([share], token, attempt, counted, out)
        if (error === undefined) continue
        const { joined, message } = share.entry
        if (this.intake.refused(joined, share.chosen, message, error, out)) whole.add(share.entry)
      }
    }
    return entries.filter((entry) => !whole.has(entry))
  }

  /** @returns why the store does not take them @throws BusError where it may take them later */
  async #insert(
    shares: readonly Share<B, C>[],
    token: string,
    { again, memory }: Attempt,
    counted: Counted,
    out: LeftOut,
  ): Promise<Error | undefined> {
    const { table } = this.intake
    const batches = shares.map(({ entry }) => idsOf(entry))
    try {
      const part = table.merge(shares, memory)
      await this.keeper.keep({ ...part, parts: shares, batches, token, again }, counted, memory)
      for (const { entry, rows } of shares) entry.stored += rows
      out.count(() => this.parts.metrics.rowsOut.inc({ table: table.name }, part.rows))
      return undefined
    } catch (error) {
      if (error instanceof BusError) throw error
      return error as Error
    }
  }
}

/** The rows of some batches by partition (Unix ms of its start). */
function byPartition<B extends RowsBatch, C>(
  table: RowsTable<B, C>,
  entries: readonly Entry<B, C>[],
): Map<number, Share<B, C>[]> {
  const all = new Map<number, Share<B, C>[]>()
  for (const entry of entries)
    for (const [partition, chosen] of entry.joined.partitions) {
      const { columns, rows } = entry.joined
      const part = chosen.length === rows ? columns : table.take(columns, chosen)
      const share = { columns: part, rows: chosen.length, entry, chosen }
      const shares = all.get(partition)
      if (shares === undefined) all.set(partition, [share])
      else shares.push(share)
    }
  return all
}
