import {
  compactedTopics,
  DEFAULT_PARTITIONS,
  MAX_MESSAGE_BYTES,
  topics as names,
  type Topic,
  UserError,
} from '@headwater/contracts'
import type { Admin, ITopicConfig } from 'kafkajs'
import { connectKafka, type KafkaConnection } from './client.js'
import { busErrorOf } from './errors.js'

/** How the topics should be. */
export interface TopicPlan {
  /** Default 12. A changed number moves instances between partitions, so a different one is refused. */
  partitions?: number
  /** Copies of each partition. Default: the broker's own. */
  replication?: number
  /** Default true; false: only checked. */
  create?: boolean
}

export interface EnsureTopicsOptions extends KafkaConnection, TopicPlan {
  /** Default: all of Headwater's. */
  topics?: readonly Topic[]
}

/** Room for the key, the headers and the record's own fields. */
const MAX_RECORD_BYTES = MAX_MESSAGE_BYTES + 64 * 1024

function configOf(topic: Topic): Record<string, string> {
  const config: Record<string, string> = { 'max.message.bytes': String(MAX_RECORD_BYTES) }
  if (compactedTopics.includes(topic)) return { ...config, 'cleanup.policy': 'compact' }
  // A day is more than the longest outage of the store that a fleet should wait out.
  return { ...config, 'cleanup.policy': 'delete', 'retention.ms': String(24 * 3600 * 1000) }
}

/** The command that creates the topic by hand. */
function command(
  brokers: readonly string[],
  topic: Topic,
  partitions: number,
  replication: number | undefined,
): string {
  const config = Object.entries(configOf(topic)).map(([name, value]) => `--config ${name}=${value}`)
  const copies = replication === undefined ? [] : [`--replication-factor ${replication}`]
  const where = `kafka-topics.sh --bootstrap-server ${brokers.join(',')} --create --topic ${topic}`
  return [where, `--partitions ${partitions}`, ...copies, ...config].join(' ')
}

async function createMissing(admin: Admin, missing: readonly Topic[], options: EnsureTopicsOptions): Promise<void> {
  const { brokers, partitions = DEFAULT_PARTITIONS, replication, create = true } = options
  const refuse = (why: string, cause?: unknown): never => {
    const fix = missing.map((t) => command(brokers, t, partitions, replication)).join('\n')
    throw new UserError('bus.topics-missing', `Kafka lacks ${missing.join(', ')}${why}`, `create them:\n${fix}`, {
      cause,
    })
  }
  if (!create) refuse(' and may not create them (kafka.create-topics is off)')
  try {
    const topics = missing.map(
      (topic): ITopicConfig => ({
        topic,
        numPartitions: partitions,
        replicationFactor: replication ?? -1,
        configEntries: Object.entries(configOf(topic)).map(([name, value]) => ({ name, value })),
      }),
    )
    await admin.createTopics({ topics, waitForLeaders: true, timeout: 15_000 })
    options.logger.info('Kafka: topics created', { topics: missing, partitions })
  } catch (error) {
    const failure = busErrorOf(error, 'creating topics')
    if (failure.retryable) throw failure
    refuse(`, and creating them failed: ${failure.message}`, error)
  }
}

/**
 * Makes sure that the topics exist with the partitions of the plan.
 * @throws UserError where they do not and cannot be made; BusError where Kafka cannot be reached
 */
export async function ensureTopics(options: EnsureTopicsOptions): Promise<void> {
  const wanted = options.topics ?? Object.values(names)
  const partitions = options.partitions ?? DEFAULT_PARTITIONS
  const admin = connectKafka(options, 2).admin()
  try {
    await admin.connect()
    const there = new Set(await admin.listTopics())
    const missing = wanted.filter((t) => !there.has(t))
    if (missing.length > 0) await createMissing(admin, missing, options)
    const { topics: found } = await admin.fetchTopicMetadata({ topics: [...wanted] })
    for (const topic of found) {
      if (topic.partitions.length === partitions) continue
      throw new UserError(
        'bus.partitions-changed',
        `topic ${topic.name} has ${topic.partitions.length} partitions, expected are ${partitions}`,
        `set kafka.partitions to ${topic.partitions.length}; to change the number, stop the agents, let ingest read the topics to their end, then recreate them`,
      )
    }
  } catch (error) {
    throw error instanceof UserError
      ? error
      : busErrorOf(error, `looking at the topics on ${options.brokers.join(',')}`)
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}
