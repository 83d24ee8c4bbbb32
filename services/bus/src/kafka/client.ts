import type { ConnectionOptions } from 'node:tls'
import type { Logger } from '@headwater/contracts'
import kafkajs, { type Kafka, type LogEntry } from 'kafkajs'
import { registerCodecs } from './compression.js'
import { guardIdleFetch } from './guards/idle-fetch.js'
import { guardIdleTimer } from './guards/idle-timer.js'
import { guardLostMetadata } from './guards/lost-metadata.js'
import { guardPackedAnswers } from './guards/packed-answers.js'
import { guardUnreadableBatch } from './guards/unreadable-batch.js'

/** User and password at the broker. PLAIN sends the password as it is: use it with TLS only. */
export interface KafkaSasl {
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  username: string
  password: string
}

export interface KafkaConnection {
  /** `host:port` of some brokers; the rest is learnt from them. */
  brokers: readonly string[]
  clientId?: string
  /** true: the system's certificate authorities; or node:tls options (ca, cert, key, servername). */
  tls?: boolean | ConnectionOptions
  sasl?: KafkaSasl
  logger: Logger
}

/** kafkajs tells each retry as an error; what matters is said by this package, the rest is for debugging. */
const logCreator = (logger: Logger) => () => (entry: LogEntry) => {
  const { message, timestamp: _, stack: __, ...fields } = entry.log
  logger.debug(`kafkajs ${entry.namespace}: ${message}`, fields as Record<string, unknown>)
}

/** One kafkajs client with the guards of this package on. `retries`: of one request, before its error is told. */
export function connectKafka(connection: KafkaConnection, retries: number): Kafka {
  guardIdleFetch()
  guardIdleTimer()
  guardLostMetadata()
  guardPackedAnswers()
  guardUnreadableBatch()
  registerCodecs()
  return new kafkajs.Kafka({
    brokers: [...connection.brokers],
    clientId: connection.clientId ?? 'headwater',
    ...(connection.tls === undefined ? {} : { ssl: connection.tls }),
    ...(connection.sasl === undefined ? {} : { sasl: connection.sasl as never }),
    connectionTimeout: 3000,
    authenticationTimeout: 5000,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2000, retries },
    logLevel: kafkajs.logLevel.INFO,
    logCreator: logCreator(connection.logger),
  })
}
