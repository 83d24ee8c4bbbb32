import { type KafkaConnection, readTopic } from '@headwater/bus'
import { BusError, type DeliveredMessage, type Topic, topics } from '@headwater/contracts'
import { UserError } from '@headwater/contracts/runtime'
import type { Letter, LetterFilter, LetterSource } from './letter.js'

/** Set by ingest, beside the headers that the message had. */
const WHY = ['headwater-topic', 'headwater-partition', 'headwater-offset', 'headwater-reason', 'headwater-detail']

export function letterOf({ partition, offset, key, value, headers, timestamp }: DeliveredMessage): Letter {
  return {
    id: `${partition}-${offset}`,
    time: timestamp,
    topic: (headers['headwater-topic'] ?? '') as Topic,
    partition: Number(headers['headwater-partition'] ?? -1),
    offset: headers['headwater-offset'] ?? '',
    key,
    reason: headers['headwater-reason'] ?? '',
    detail: headers['headwater-detail'] ?? '',
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !WHY.includes(name))),
    value,
    bytes: value.byteLength,
  }
}

/** Those on the topic of dead letters. */
export function topicSource(kafka: KafkaConnection): LetterSource {
  const name = `${topics.deadLetters} on ${kafka.brokers.join(',')}`
  return {
    name,
    letters: async ({ since, reason }: LetterFilter) => {
      const letters: Letter[] = []
      const take = (message: DeliveredMessage) => {
        const letter = letterOf(message)
        if (reason === undefined || letter.reason === reason) letters.push(letter)
      }
      try {
        await readTopic(kafka, topics.deadLetters, take, { fromMs: since })
      } catch (error) {
        if (!(error instanceof BusError)) throw error
        // Where there is no such topic, ingest uses the table.
        if (error.code === 'no-topic') return []
        const fix = 'Check kafka.brokers, kafka.tls and kafka.sasl (`headwater doctor` does), and that the brokers run.'
        throw new UserError('kafka', `${name}: ${error.message}`, fix, { cause: error })
      }
      return letters.sort((a, b) => a.time - b.time)
    },
  }
}
