import {
  Arenas,
  type BusError,
  type BusHandler,
  type Chunk,
  type DeliveredMessage,
  heap,
  type Logger,
  type Memory,
  type Topic,
  topics,
} from '@headwater/contracts'
import type { Batch, EachBatchPayload, IHeaders, KafkaMessage } from 'kafkajs'
import type { Counts } from '../counters.js'
import { backoffMs } from '../runtime/backoff.js'
import type { Chunks, Cut } from './chunks.js'
import { fetchBytesOf } from './guards/idle-fetch.js'
import { offsetsOf } from './intents.js'
import type { Lags } from './lags.js'
import { Rests } from './rests.js'
import { type Share, Shares } from './shares.js'
import { copyOf, inPlace, release } from './unpacked.js'

/**
 * A fetch may bring thousands of messages, and a stop waits for those that the handler has: it is given as many at once as take about
 * this long, by what the calls before took, and no more than so many.
 */
const CALL_MS = 200
const MOST_PER_CALL = 256
/** Of a fetch that takes longer, what is done is committed so often. */
const COMMIT_MS = 1_000
/** Of a partition whose messages are handed over in chunks, between two fetches: at least, and under load. */
const LEAST_REST_MS = 1_000
const MOST_REST_MS = 8_000

const known = new Set<string>(Object.values(topics))

export function textHeaders(headers: IHeaders | undefined): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers ?? {}))
    if (value !== undefined)
      out[name] = Array.isArray(value) ? value.map(String).join(',') : value.toString('utf8' as never)
  return out
}

function delivered(
  message: KafkaMessage,
  place: { topic: Topic; partition: number },
  value: Uint8Array,
  broadcast: boolean,
): DeliveredMessage {
  return {
    ...place,
    key: message.key?.toString('utf8') ?? '',
    value,
    headers: textHeaders(message.headers),
    offset: BigInt(message.offset),
    timestamp: Number(message.timestamp),
    ...(broadcast ? { broadcast } : {}),
  }
}

/**
 * Heartbeats while the handler works, so that a slow store does not cost the group its member. Ends with the handler
 * (a loop that outlives it is issue 1764 of tulios/kafkajs). A heartbeat that fails is told by the next one in the batch.
 */
async function beating<T>(work: Promise<T>, heartbeat: () => Promise<void>, everyMs: number): Promise<T> {
  const timer = setInterval(() => heartbeat().catch(() => undefined), everyMs)
  try {
    return await work
  } finally {
    clearInterval(timer)
  }
}

export interface DeliverOptions {
  handler: BusHandler
  /** false for topics that are read whole at every start. */
  commits: boolean
  heartbeatMs: number
  counts: Counts
  logger: Logger
  onDelivered?(topic: string, partition: number, last: bigint): void
  /** Of the topics whose messages stay together. */
  chunks?: Chunks
  /** Told of what was fetched and what is done. */
  lags?: Lags
}

function shareOf(batch: Batch): Share {
  const { topic, partition, messages, highWatermark } = batch
  let bytes = 0
  for (const { value } of messages) bytes += value?.byteLength ?? 0
  const left = Number(BigInt(highWatermark) - 1n - BigInt(batch.lastOffset()))
  return {
    place: `${topic}/${partition}`,
    bytes,
    fetchBytes: fetchBytesOf(batch) ?? bytes,
    messages: messages.length,
    left,
  }
}

/**
 * One kafkajs `eachBatch`: hands the messages of one partition to the handler, some at a time, and only then resolves and commits
 * them. When the handler rejects, they are not resolved; the partition is paused for a while and then fetched again from there.
 */
export class Deliverer {
  readonly #failures = new Map<string, number>()
  readonly #pauses = new Set<NodeJS.Timeout>()
  /** By topic: rows cost an insert for each message, what is only learnt costs next to nothing. */
  readonly #perCall = new Map<string, number>()
  readonly #arenas = new Arenas()
  readonly #rests = new Rests(LEAST_REST_MS, MOST_REST_MS)
  readonly #shares = new Shares()
  readonly #working = new Set<Promise<unknown>>()

  constructor(private readonly options: DeliverOptions) {}

  readonly eachBatch = async (payload: EachBatchPayload): Promise<void> => {
    const { batch, isRunning, isStale } = payload
    if (!known.has(batch.topic)) return
    this.options.lags?.fetched(batch.topic, batch.partition, batch.highWatermark, batch.messages)
    if (this.options.chunks?.has(batch.topic)) return this.#inChunks(payload, this.options.chunks)
    let committed = performance.now()
    let taken: KafkaMessage | undefined
    for (let from = 0; from < batch.messages.length && isRunning() && !isStale(); ) {
      const to = from + (this.#perCall.get(batch.topic) ?? 1)
      const messages = batch.messages.slice(from, to)
      if (!(await this.#deliver(payload, messages, heap))) break
      taken = messages.at(-1)
      from = to
      if (performance.now() - committed < COMMIT_MS) continue
      await this.#commit(payload, taken)
      committed = performance.now()
      taken = undefined
    }
    await this.#commit(payload, taken)
  }

  /**
   * Each chunk's intent is committed before it is handled; that of the next one also says that it is done. Once partitions are shared
   * out anew nothing more is committed: they may be another's.
   */
  async #inChunks(payload: EachBatchPayload, chunks: Chunks): Promise<void> {
    const { batch, isRunning, isStale } = payload
    const { topic, partition, messages } = batch
    const share = shareOf(batch)
    const { place } = share
    if (this.#shares.isScrap(share)) return release(messages, undefined)
    const { epoch } = chunks
    await chunks.load(topic, partition)
    const since = performance.now()
    let done: bigint | undefined
    for (let from = 0; from < messages.length && isRunning() && !isStale(); ) {
      if (epoch !== chunks.epoch) return
      const cut = chunks.cut(place, messages, from, BigInt(batch.lastOffset()))
      if (cut === undefined) {
        payload.resolveOffset((messages.at(-1) as KafkaMessage).offset)
        return
      }
      if (cut.messages.length > 0) {
        const isTaken = await this.#chunk(payload, cut, epoch, chunks)
        // Whatever has become of them: what the handler did not take is fetched anew, but for what is held of fetches before.
        release(messages.slice(from, cut.to), messages[cut.to])
        if (!isTaken || epoch !== chunks.epoch) return
        done = cut.intent.last
      }
      chunks.end(place)
      from = cut.to
    }
    if (done !== undefined) await payload.commitOffsetsIfNecessary(offsetsOf(topic, partition, done + 1n))
    const rest = this.#rests.after(place, performance.now() - since)
    if (done === BigInt(batch.lastOffset()) && !Shares.fillsAnother(share)) this.#resumeAfter(rest, payload.pause)
    await payload.heartbeat()
  }

  async #chunk(payload: EachBatchPayload, cut: Cut, epoch: number, chunks: Chunks): Promise<boolean> {
    const { topic, partition } = payload.batch
    const { last, made, again } = cut.intent
    const first = BigInt((cut.messages[0] as KafkaMessage).offset)
    // It must have succeeded: a consumer that was taken out of the group meanwhile learns it here.
    if (!again) await payload.commitOffsetsIfNecessary(offsetsOf(topic, partition, first, cut.intent))
    chunks.begin(`${topic}/${partition}`, cut)
    const chunk = { position: `${topic}/${partition}/${first}-${last}`, made, again, epoch }
    return this.#arenas.with((arena) => this.#deliver(payload, cut.messages, arena, chunk))
  }

  /** @returns false where the handler did not take them */
  async #deliver(
    { batch, ...payload }: EachBatchPayload,
    fetched: readonly KafkaMessage[],
    memory: Memory,
    chunk?: Chunk,
  ): Promise<boolean> {
    const { topic, partition } = batch
    const { handler, commits, heartbeatMs, counts } = this.options
    const take = chunk === undefined ? copyOf : inPlace
    const messages = fetched.map((m) => {
      return delivered(m, { topic: topic as Topic, partition }, take(m, memory), !commits)
    })
    const place = `${topic}/${partition}`
    const since = performance.now()
    try {
      const work = handler(messages, chunk)
      this.#work(work)
      await beating(work, payload.heartbeat, heartbeatMs)
    } catch (error) {
      this.#pause(place, error as Error, payload.pause)
      return false
    }
    this.#failures.delete(place)
    if (chunk === undefined) this.#fit(topic, messages.length, performance.now() - since)
    for (const message of messages) counts.moved(message.value.byteLength)
    const last = fetched.at(-1) as KafkaMessage
    payload.resolveOffset(last.offset)
    this.options.lags?.done(topic, partition, last)
    this.options.onDelivered?.(topic, partition, BigInt(last.offset))
    return true
  }

  async #commit({ batch, ...payload }: EachBatchPayload, last: KafkaMessage | undefined): Promise<void> {
    if (last === undefined) return
    if (this.options.commits) {
      const { topic, partition } = batch
      const offset = (BigInt(last.offset) + 1n).toString()
      // The batch's own commit: it throws when this member was expelled, and kafkajs joins again. consumer.commitOffsets would end it for good.
      await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] })
    }
    await payload.heartbeat()
  }

  #fit(topic: string, taken: number, ms: number): void {
    const now = this.#perCall.get(topic) ?? 1
    if (ms > CALL_MS) this.#perCall.set(topic, Math.max(1, Math.floor(taken / 2)))
    else if (ms < CALL_MS / 2 && taken === now) this.#perCall.set(topic, Math.min(MOST_PER_CALL, now * 2))
  }

  /** Resolves when the handler has ended its calls. */
  async idle(): Promise<void> {
    await Promise.all(this.#working)
  }

  #work(call: Promise<unknown>): void {
    const ended: Promise<unknown> = call.catch(() => undefined).then(() => this.#working.delete(ended))
    this.#working.add(ended)
  }

  /** Forgets the pauses: nothing is resumed any more. */
  stop(): void {
    for (const timer of this.#pauses) clearTimeout(timer)
    this.#pauses.clear()
  }

  #pause(place: string, error: Error, pause: () => () => void): void {
    const failures = this.#failures.get(place) ?? 0
    this.#failures.set(place, failures + 1)
    this.options.counts.retried()
    const asked = (error as BusError).options?.retryAfterMs ?? 0
    const waitMs = Math.max(asked, backoffMs(failures, 100, 5000))
    if (failures === 0)
      this.options.logger.warn(`${place}: delivering again until it is taken`, { reason: error.message })
    this.#resumeAfter(waitMs, pause)
  }

  #resumeAfter(ms: number, pause: () => () => void): void {
    const resume = pause()
    const timer = setTimeout(() => {
      this.#pauses.delete(timer)
      resume()
    }, ms)
    this.#pauses.add(timer)
  }
}
