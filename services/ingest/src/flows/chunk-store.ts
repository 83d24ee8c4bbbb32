import { createHash } from 'node:crypto'
import {
  Arenas,
  BusError,
  type Chunk,
  type DecodedBatch,
  type DeliveredMessage,
  type Memory,
  topics,
} from '@headwater/contracts'
import { Injectable } from '@nestjs/common'
import { DeadLetters } from '../dead-letters/dead-letters.js'
import { LeftOut } from '../dead-letters/left-out.js'
import { BatchLosses } from '../losses/batch-losses.js'
import { CountedLedger } from '../metrics/edges/ledger.js'
import { IngestLag } from '../metrics/lag.js'
import { Metrics } from '../metrics/metrics.js'
import { BlockKeeper } from './block-keeper.js'
import { FlowIntake, type Joined } from './flow-intake.js'
import { JoinScope } from './join-scope.js'
import { mergeParts, type Part } from './merge.js'
import { takeRows } from './rows.js'
import { StoredBatches } from './stored-batches.js'

/** A batch of a chunk on its way. */
interface Entry {
  message: DeliveredMessage
  batch: DecodedBatch
  joined: Joined
}

interface Attempt {
  /** Of the chunk. */
  id: string
  /** What the tokens begin with. */
  prefix: string
  again: boolean
  /** For what is made of the chunk until it is stored. */
  memory: Memory
}

/**
 * What the tokens of a chunk's inserts begin with: the same for whoever gets the chunk again. The batches are in it, since a topic that is made anew
 * counts its offsets from 0 again.
 */
function idOf({ position }: Chunk, batches: readonly DecodedBatch[]): string {
  const hash = createHash('sha256')
  for (const { meta } of batches) hash.update(`${meta.instance}:${meta.sequence}\n`)
  return `${position}:${hash.digest('base64url').slice(0, 16)}`
}

/** The batches of a chunk of messages: joined one by one, merged, and stored as one block for each partition of `flows`. */
@Injectable()
export class ChunkStore {
  readonly #arenas = new Arenas()

  constructor(
    private readonly intake: FlowIntake,
    private readonly stored: StoredBatches,
    private readonly keeper: BlockKeeper,
    private readonly metrics: Metrics,
    private readonly ledger: CountedLedger,
    private readonly lag: IngestLag,
    private readonly losses: BatchLosses,
    private readonly deadLetters: DeadLetters,
  ) {}

  /** @throws BusError where all of it has to come again */
  take(messages: readonly DeliveredMessage[], chunk: Chunk): Promise<void> {
    return this.#arenas.with((memory) => this.#take(messages, chunk, memory))
  }

  async #take(messages: readonly DeliveredMessage[], chunk: Chunk, memory: Memory): Promise<void> {
    const out = new LeftOut()
    const decoded: { message: DeliveredMessage; batch: DecodedBatch }[] = []
    for (const message of messages) {
      const batch = this.intake.decode(message, out)
      if (batch !== undefined) decoded.push({ message, batch })
    }
    const all = decoded.map(({ batch }) => batch)
    const id = idOf(chunk, all)
    const metas = all.map(({ meta }) => meta)
    await this.stored.learn(metas, chunk.epoch)
    const entries: Entry[] = []
    const here = new Set<string>()
    const scope = new JoinScope()
    for (const { message, batch } of decoded) {
      const key = `${batch.meta.instance}:${batch.meta.sequence}`
      if (here.has(key) || this.stored.has(batch.meta, id)) {
        this.intake.duplicate(batch, out)
        continue
      }
      here.add(key)
      const joined = this.intake.join(batch, message, out, chunk.made, memory, scope)
      if (joined !== undefined) entries.push({ message, batch, joined })
    }
    const [first] = messages
    if (first !== undefined) this.lag.begin(first.timestamp)
    const kept = await this.#store(entries, { id, prefix: id, again: chunk.again, memory }, out)
    await out.settle(this.deadLetters)
    for (const message of messages) this.lag.end(message.timestamp)
    for (const { batch, joined } of kept) {
      // One of which nothing is stored may be replayed under its sequence.
      if (joined.rows > 0) this.stored.add(batch.meta, id)
      this.metrics.messagesOut.inc({ topic: topics.flows })
    }
    const told = kept.map(({ batch: { meta }, joined, message }) => {
      return { meta, times: joined.rows === 0 ? [] : [joined.columns.time], sent: message.timestamp }
    })
    await this.losses.keepAll('flows', told)
  }

  /** As few blocks as may be; where one cannot be stored, each batch by itself, so that one bad batch keeps no other out. @returns those that are stored */
  async #store(entries: readonly Entry[], attempt: Attempt, out: LeftOut): Promise<readonly Entry[]> {
    if (entries.length === 0) return entries
    // Those that all batches are in by one block must not get them again by one of each.
    const done = new Set<number>()
    try {
      await this.#insert(entries, attempt, done)
      return entries
    } catch (error) {
      if (error instanceof BusError) throw error
    }
    const kept: Entry[] = []
    for (const entry of entries) {
      try {
        const prefix = `${attempt.id}/${entry.message.offset}`
        await this.#insert([entry], { ...attempt, prefix }, new Set(done))
        kept.push(entry)
      } catch (error) {
        if (error instanceof BusError) throw error
        this.intake.refused(entry.batch, entry.message, error as Error, out)
      }
    }
    return kept
  }

  /** @param done partitions of `flows` that have their rows; those that are stored are added */
  async #insert(entries: readonly Entry[], { id, prefix, again, memory }: Attempt, done: Set<number>): Promise<void> {
    const batches = entries.map(({ batch: { meta } }) => ({ instance: meta.instance, sequence: meta.sequence }))
    const counted = await this.ledger.beginChunk(id, batches, again)
    for (const [partition, parts] of byPartition(entries)) {
      if (done.has(partition)) continue
      // The partition is always in the token: what a later attempt puts aside must not change the token of the rest.
      const token = `${prefix}:${partition / 1000}`
      await this.keeper.keep({ ...mergeParts(parts, memory), batches, token, again }, counted, memory)
      done.add(partition)
    }
  }
}

/** The rows of some batches by partition of `flows` (Unix ms of its start). */
function byPartition(entries: readonly Entry[]): Map<number, Part[]> {
  const all = new Map<number, Part[]>()
  for (const { joined } of entries)
    for (const [partition, chosen] of joined.partitions) {
      const whole = chosen.length === joined.rows
      const part = { columns: whole ? joined.columns : takeRows(joined.columns, chosen), rows: chosen.length }
      const parts = all.get(partition)
      if (parts === undefined) all.set(partition, [part])
      else parts.push(part)
    }
  return all
}
