import { createKafkaConsumer, createKafkaProducer, createLocalConsumer } from '@headwater/bus'
import type { Logger } from '@headwater/contracts/runtime'
import { createIngest, type Ingest, ingestTopics } from '@headwater/ingest'
import { type CidrTable, readCidrs } from '@headwater/ingest/cidrs'
import type { StoreClient } from '@headwater/store'
import type { Config } from '../config/keys.js'
import { dataDirAt } from '../data/data-dir.js'
import { kafkaOf, topicPlanOf } from './bus.js'

const GROUP = 'headwater-ingest'
/** Others take over from a replica that was killed after this. Shorter than the lease of a node, whose reports wait on the bus until then. */
const SESSION_MS = 20_000

/** The configured table of address ranges. @throws UserError `config` */
export const cidrsOf = ({ cidrs }: Config): CidrTable | undefined =>
  cidrs === undefined ? undefined : readCidrs(cidrs)

/**
 * Ingest on the configured bus. With Kafka, what cannot be stored goes to a topic, else to a table.
 * @param onFatal told when it ended for a reason that another try does not mend
 */
export function ingestPart(
  config: Config,
  store: StoreClient,
  cidrs: CidrTable | undefined,
  logger: Logger,
  onFatal: (error: Error) => void,
): Ingest {
  const kafka = kafkaOf(config, 'headwater-ingest', logger.child('kafka'))
  const retentionMs = config['store.raw-retention']
  const common = {
    store,
    replica: config.node,
    retentionMs,
    maxSeries: config['metrics.max-series'],
    logger: logger.child('ingest'),
    ...(cidrs === undefined ? {} : { cidrs }),
  }
  if (kafka === undefined) {
    const socketPath = dataDirAt(config['data-dir']).busSocket
    return createIngest({ ...common, consumer: createLocalConsumer({ socketPath, logger: logger.child('bus') }) })
  }
  const consumer = createKafkaConsumer({
    ...kafka,
    group: GROUP,
    ...ingestTopics,
    ensure: topicPlanOf(config),
    sessionTimeoutMs: SESSION_MS,
    maxBytes: config['kafka.max-bytes'],
    concurrency: config['kafka.concurrency'],
    onFatal,
  })
  return createIngest({ ...common, consumer, deadLetters: createKafkaProducer(kafka) })
}
