import { readFileSync } from 'node:fs'
import type { KafkaConnection, TopicPlan } from '@headwater/bus'
import type { BusProducer } from '@headwater/contracts'
import { type Logger, UserError } from '@headwater/contracts/runtime'
import type { Config } from '../config/keys.js'

function pem(path: string, key: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const fix = `Name a readable PEM file in ${key}.`
    throw new UserError('config', `${key}: ${path} cannot be read: ${(cause as Error).message}`, fix, { cause })
  }
}

function tlsOf(config: Config): KafkaConnection['tls'] {
  const { 'kafka.tls.ca': ca, 'kafka.tls.cert': cert, 'kafka.tls.key': key } = config
  if (ca === undefined && cert === undefined) return config['kafka.tls.enabled']
  return {
    ...(ca === undefined ? {} : { ca: pem(ca, 'kafka.tls.ca') }),
    ...(cert === undefined ? {} : { cert: pem(cert, 'kafka.tls.cert') }),
    ...(key === undefined ? {} : { key: pem(key, 'kafka.tls.key') }),
  }
}

/** How to reach Kafka; undefined where the local bus is used. Reads the files of kafka.tls. @throws UserError */
export function kafkaOf(config: Config, clientId: string, logger: Logger): KafkaConnection | undefined {
  const brokers = config['kafka.brokers']
  if (brokers === undefined) return undefined
  const { 'kafka.sasl.mechanism': mechanism, 'kafka.sasl.username': username, 'kafka.sasl.password': password } = config
  const tls = tlsOf(config)
  return {
    brokers,
    clientId,
    logger,
    ...(tls === undefined ? {} : { tls }),
    ...(mechanism === undefined || username === undefined || password === undefined
      ? {}
      : { sasl: { mechanism, username, password } }),
  }
}

/** The same. @throws UserError `config` where Kafka is not configured */
export function needKafka(config: Config, role: string, logger: Logger): KafkaConnection {
  const kafka = kafkaOf(config, `headwater-${role}`, logger)
  if (kafka !== undefined) return kafka
  const fix = 'Set kafka.brokers (HEADWATER_KAFKA_BROKERS), or run `headwater up`, which needs no Kafka.'
  throw new UserError('config', `headwater ${role} takes its data from Kafka, and kafka.brokers is not set.`, fix)
}

/** The sending end of the configured bus. Each is loaded where it is configured: the client of Kafka is 5 MB of the process. @throws UserError */
export async function producerOf(
  config: Config,
  role: string,
  socketPath: string,
  logger: Logger,
): Promise<BusProducer> {
  const kafka = kafkaOf(config, `headwater-${role}`, logger.child('kafka'))
  if (kafka !== undefined) return (await import('@headwater/bus/kafka-producer')).createKafkaProducer(kafka)
  const { createLocalProducer } = await import('@headwater/bus/local-producer')
  return createLocalProducer({ socketPath, logger: logger.child('bus') })
}

/** How the topics should be. */
export function topicPlanOf(config: Config): TopicPlan {
  const replication = config['kafka.replication-factor']
  return {
    partitions: config['kafka.partitions'],
    create: config['kafka.create-topics'],
    ...(replication === undefined ? {} : { replication }),
  }
}
