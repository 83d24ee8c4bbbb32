import { createHash } from 'node:crypto'
import { BusError, type DeliveredMessage, topics } from '@headwater/contracts'
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
}

/** Where messages go that cannot be stored: their topic, or the table `dead_letters` where there is none. A bad message never stops the good ones. */
@Injectable()
export class DeadLetters {
  constructor(
    @Inject(OPTIONS) private readonly options: IngestOptions,
    private readonly metrics: Metrics,
    private readonly writer: StoreWriter,
  ) {}

  /** @throws BusError retryable, where neither place takes it now: the message has to come again */
  async put(letter: DeadLetter): Promise<void> {
    const { message, reason, detail } = letter
    this.options.logger.warn('message put aside', { topic: message.topic, key: message.key, reason, detail })
    try {
      const to = (await this.#publish(letter)) ? 'topic' : 'table'
      if (to === 'table') await this.#insert(letter)
      this.metrics.deadLetters.inc({ reason, to })
    } catch (error) {
      if (error instanceof BusError && (error.retryable || error.code === 'stopped'))
        throw new BusError('unavailable', `cannot put a message aside: ${error.message}`, { cause: error })
      if (!(error instanceof BusError) && !(error instanceof StoreError)) throw error
      this.metrics.deadLetters.inc({ reason, to: 'nowhere' })
      this.options.logger.error('a message that cannot be stored could not be put aside either: it is lost', {
        reason: error.message,
      })
    }
  }

  /** @returns false where there is no such topic */
  async #publish({ message, reason, detail, value = message.value }: DeadLetter): Promise<boolean> {
    const { deadLetters } = this.options
    if (deadLetters === undefined) return false
    const { topic, partition, offset, key, headers } = message
    const position = {
      'headwater-topic': topic,
      'headwater-partition': `${partition}`,
      'headwater-offset': `${offset}`,
    }
    const why = { 'headwater-reason': reason, 'headwater-detail': detail.slice(0, 1000) }
    const dead = { topic: topics.deadLetters, key, value, headers: { ...headers, ...position, ...why } }
    try {
      await deadLetters.publish([dead])
      return true
    } catch (error) {
      if (error instanceof BusError && error.code === 'no-topic') return false
      throw error
    }
  }

  async #insert({ message, reason, detail, value = message.value }: DeadLetter): Promise<void> {
    const { topic, partition, offset, key, headers } = message
    const row = deadLetterRow({ time: Date.now(), topic, partition, offset, key, reason, detail, headers, value })
    // By content: the local bus gives a message that comes again a new offset.
    const token = tokenOf(`dead_letters:${reason}`, [key, createHash('sha256').update(value).digest('base64url')])
    await this.writer.insertRows('dead_letters', [row], () => token)
  }
}
