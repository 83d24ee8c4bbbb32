import { createHash } from 'node:crypto'
import {
  BusError,
  type BusMessage,
  type DeliveredMessage,
  groupsOf,
  MAX_MESSAGE_BYTES,
  topics,
} from '@headwater/contracts'
import { deadLetterRow, StoreError } from '@headwater/store'
import { Inject, Injectable } from '@nestjs/common'
import { Metrics } from '../metrics/metrics.js'
import { type IngestOptions, OPTIONS } from '../options.js'
import { tokenOf } from '../store/token.js'
import { StoreWriter } from '../store/writer.js'

export interface DeadLetter {
  message: DeliveredMessage
  /** Short and of few kinds: a label of metrics. */
  reason: string
  detail: string
  /** Where only some rows of the message are dead: those, as a message of their own. */
  value?: Uint8Array
  /** The others of them are stored. */
  part?: boolean
}

const bytesOf = ({ message, value = message.value }: DeadLetter): number => value.byteLength

/** Of the message; whoever replays a part of a batch must know that its sequence is taken. */
const headersOf = ({ message: { headers }, part }: DeadLetter): Record<string, string> => ({
  ...headers,
  ...(part === true ? { 'headwater-part': '1' } : {}),
})

function messageOf(letter: DeadLetter): BusMessage {
  const { message, reason, detail, value = message.value } = letter
  const { topic, partition, offset, key } = message
  const position = {
    'headwater-topic': topic,
    'headwater-partition': `${partition}`,
    'headwater-offset': `${offset}`,
  }
  const why = { 'headwater-reason': reason, 'headwater-detail': detail.slice(0, 1000) }
  const headers = { ...headersOf(letter), ...position, ...why }
  // Bytes of its own: a producer that is stopped in the middle may go on with it when the message's memory is another's.
  return { topic: topics.deadLetters, key, value: new Uint8Array(value), headers }
}

/** Where messages go that cannot be stored: their topic, or the table `dead_letters` where there is none. A bad message never stops the good ones. */
@Injectable()
export class DeadLetters {
  constructor(
    @Inject(OPTIONS) private readonly options: IngestOptions,
    private readonly metrics: Metrics,
    private readonly writer: StoreWriter,
  ) {}

  /** @throws BusError retryable, where neither place takes them now: the messages have to come again */
  async put(...letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return
    this.#tell(letters)
    const small = letters.filter((letter) => bytesOf(letter) <= MAX_MESSAGE_BYTES)
    for (const group of groupsOf(small, bytesOf)) await this.#put(group)
    for (const letter of letters) if (!small.includes(letter)) await this.#put([letter])
  }

  async #put(letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return
    try {
      const to = (await this.#publish(letters)) ? 'topic' : 'table'
      if (to === 'table') for (const letter of letters) await this.#insert(letter)
      for (const { reason } of letters) this.metrics.deadLetters.inc({ reason, to })
    } catch (error) {
      if (error instanceof BusError && (error.retryable || error.code === 'stopped'))
        throw new BusError('unavailable', `cannot put a message aside: ${error.message}`, { cause: error })
      if (!(error instanceof BusError) && !(error instanceof StoreError)) throw error
      for (const { reason } of letters) this.metrics.deadLetters.inc({ reason, to: 'nowhere' })
      this.options.logger.error('messages that cannot be stored could not be put aside either: they are lost', {
        messages: letters.length,
        reason: error.message,
      })
    }
  }

  /** One line for each reason: a flood of broken messages is no flood of lines. */
  #tell(letters: readonly DeadLetter[]): void {
    for (const reason of new Set(letters.map((letter) => letter.reason))) {
      const [first, ...others] = letters.filter((letter) => letter.reason === reason)
      if (first === undefined) continue
      const { topic, partition, offset, key } = first.message
      const fields = { topic, partition, offset: `${offset}`, key, reason, detail: first.detail }
      if (others.length === 0) this.options.logger.warn('message put aside', fields)
      else this.options.logger.warn(`${others.length + 1} messages put aside, the first:`, fields)
    }
  }

  /** @returns false where there is no such topic, or it does not take one of them: larger than a message may be */
  async #publish(letters: readonly DeadLetter[]): Promise<boolean> {
    const { deadLetters } = this.options
    if (deadLetters === undefined) return false
    try {
      await deadLetters.publish(letters.map(messageOf))
      return true
    } catch (error) {
      if (error instanceof BusError && (error.code === 'no-topic' || error.code === 'too-large')) return false
      throw error
    }
  }

  async #insert(letter: DeadLetter): Promise<void> {
    const { message, reason, detail, value = message.value } = letter
    const { topic, partition, offset, key } = message
    const headers = headersOf(letter)
    const row = deadLetterRow({ time: Date.now(), topic, partition, offset, key, reason, detail, headers, value })
    // By content: the local bus gives a message that comes again a new offset.
    const token = tokenOf(`dead_letters:${reason}`, [key, createHash('sha256').update(value).digest('base64url')])
    await this.writer.insertRows('dead_letters', [row], () => token)
  }
}
